// The settlement rule, whole: what becomes of a message, an event, a delivery or an activity whose handler threw. Pure; the
// wrappers in shared/adapters/functions carry it out. For HTTP the registry of errors has the status.
import { type AppError, type ErrorKind, errorRegistry } from './errors.ts';

interface Ends {
  readonly message: 'complete' | 'put-off' | 'dead-letter' | 'abandon';
  readonly event: 'skip' | 'wait' | 'quarantine';
  /** Of Event Grid, which repeats what is thrown for a day and then leaves it as a blob. */
  readonly delivery: 'skip' | 'dead-letter' | 'throw';
  /** Durable tries again what is thrown; the others are answers. */
  readonly activity: 'done' | 'declined' | 'failed' | 'throw';
}

const hopeless: Ends = { message: 'dead-letter', event: 'quarantine', delivery: 'dead-letter', activity: 'failed' };

const ends: Readonly<Record<ErrorKind, Ends>> = {
  'invalid-input': hopeless,
  'not-found': hopeless,
  permanent: hopeless,
  conflict: { message: 'complete', event: 'skip', delivery: 'skip', activity: 'done' },
  rejected: { message: 'complete', event: 'skip', delivery: 'skip', activity: 'declined' },
  transient: { message: 'put-off', event: 'wait', delivery: 'throw', activity: 'throw' },
  unknown: { message: 'abandon', event: 'quarantine', delivery: 'throw', activity: 'throw' },
};

export const settleDelivery = ({ kind }: AppError): Ends['delivery'] => ends[kind].delivery;

export const settleActivity = ({ kind }: AppError): Ends['activity'] => ends[kind].activity;

/** For an event taken alone. */
export const settleEvent = ({ kind }: AppError): Ends['event'] => ends[kind].event;

/**
 * A batch fails so often for a reason nobody foresaw before its events are taken one by one. With the trigger's back-off that
 * is half a minute: a dependency that is started again does not put a whole batch into quarantine.
 */
export const triesOfUnknown = 6;

/** For a batch of events, whose handler ran `tries` times. */
export const settleBatch = (error: AppError, tries: number): 'wait' | 'one-by-one' =>
  settleEvent(error) === 'wait' || (error.kind === 'unknown' && tries < triesOfUnknown) ? 'wait' : 'one-by-one';

export interface Attempt {
  /** Which scheduled copy this message is: 0 for the original. */
  readonly copy: number;
  /** Which delivery of this message it is, at least 1. */
  readonly delivery: number;
  /** How often the handler ran on this delivery, at least 1. */
  readonly tries: number;
  /** Since the original came. */
  readonly ageMs: number;
  /** Since this delivery began. */
  readonly heldMs: number;
  /** In a session queue a later message would overtake a copy: nothing is copied there. */
  readonly hasSession: boolean;
}

export interface SettlementLimits {
  /** So often the handler runs before the message is put off. */
  readonly triesInPlace: number;
  /** The first delay in place, doubled each time. */
  readonly delayInPlaceMs: number;
  readonly firstBackOffMs: number;
  /** No delay is longer, in place or before a copy. */
  readonly maxBackOffMs: number;
  /** The bound beside the age, should clocks disagree. */
  readonly maxCopies: number;
  /** A message older than this is dead-lettered instead of put off again. */
  readonly maxAgeMs: number;
  /** A message of a session is tried in place for so long on each delivery; below the lock's renewal and functionTimeout of host.json. */
  readonly holdInSessionMs: number;
  /**
   * A copy or dead letter that the broker does not take is sent again for so long; with the lock of 5 min still within the 10 min in
   * which duplicate detection folds a copy whose acknowledgement was lost.
   */
  readonly holdUnsentMs: number;
  /** Before it is abandoned, by delivery: the deliveries of a failure nobody foresaw are not burnt in a second. None before the last. */
  readonly unknownWaitsMs: readonly number[];
}

export const defaultLimits: SettlementLimits = {
  triesInPlace: 3,
  delayInPlaceMs: 200,
  firstBackOffMs: 2_000,
  maxBackOffMs: 30_000,
  maxCopies: 6_000,
  maxAgeMs: 24 * 3_600_000,
  holdInSessionMs: 20 * 60_000,
  holdUnsentMs: 4 * 60_000,
  unknownWaitsMs: [3_000, 20_000],
};

export type Settlement =
  | { readonly action: 'complete' }
  | { readonly action: 'retry'; readonly delayMs: number }
  | { readonly action: 'copy'; readonly delayMs: number }
  | { readonly action: 'dead-letter'; readonly reason: string; readonly description: string }
  | { readonly action: 'abandon'; readonly delayMs: number };

/** `jitter` in 0..1 spreads the delays over their upper half. */
export function settle(error: AppError, attempt: Attempt, jitter: number, limits = defaultLimits): Settlement {
  switch (ends[error.kind].message) {
    case 'complete':
      return { action: 'complete' };
    case 'dead-letter':
      return { action: 'dead-letter', reason: error.code, description: error.message };
    case 'abandon':
      return { action: 'abandon', delayMs: spread(limits.unknownWaitsMs[attempt.delivery - 1] ?? 0, jitter) };
    case 'put-off':
      return attempt.hasSession ? hold(attempt, jitter, limits) : putOff(error, attempt, jitter, limits);
  }
}

function hold({ tries, heldMs }: Attempt, jitter: number, limits: SettlementLimits): Settlement {
  const delayMs = delayInPlace(tries, jitter, limits);
  return heldMs + delayMs <= limits.holdInSessionMs ? { action: 'retry', delayMs } : { action: 'abandon', delayMs: 0 };
}

function putOff(error: AppError, attempt: Attempt, jitter: number, limits: SettlementLimits): Settlement {
  const { tries, copy, ageMs } = attempt;
  const retryAfterMs = Math.min(error.retryAfterMs ?? 0, limits.maxBackOffMs);
  const inPlaceMs = delayInPlace(tries, jitter, limits);
  if (tries < limits.triesInPlace && retryAfterMs <= inPlaceMs) return { action: 'retry', delayMs: inPlaceMs };
  if (copy >= limits.maxCopies || ageMs >= limits.maxAgeMs) {
    const { title } = errorRegistry[error.code];
    const tried = `given up after ${copy} copies in ${Math.round(ageMs / 60_000)} min`;
    return { action: 'dead-letter', reason: error.code, description: `${title}; ${tried}: ${error.message}` };
  }
  const backOffMs = doubled(limits.firstBackOffMs, copy, limits);
  return { action: 'copy', delayMs: Math.max(spread(backOffMs, jitter), retryAfterMs) };
}

/** The delay after so many tries in place, doubled each time up to the bound of the back-off. */
export const delayInPlace = (tries: number, jitter: number, limits = defaultLimits): number =>
  spread(doubled(limits.delayInPlaceMs, tries - 1, limits), jitter);

const doubled = (firstMs: number, times: number, { maxBackOffMs }: SettlementLimits): number =>
  Math.min(firstMs * 2 ** times, maxBackOffMs);

const spread = (ms: number, jitter: number): number => Math.round(ms * (0.5 + jitter / 2));
