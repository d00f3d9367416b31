// One event on its way to one subscription, and what becomes of it after an attempt.
// https://learn.microsoft.com/azure/event-grid/delivery-and-retry
import type { EventSubscription } from '../topology/event-grid.ts';
import type { GridEvent } from './grid-event.ts';

export interface Delivery {
  /** Of an event raised by a service the same every time it is told, so that a repeat is recognised. */
  readonly key: string;
  readonly topic: string;
  readonly subscription: string;
  readonly event: GridEvent;
  readonly acceptedAtMs: number;
  readonly state: 'pending' | 'delivered' | 'dead-lettered' | 'dropped';
  /** Set when it is given up; while the state is still pending, the dead letter is to be written. */
  readonly reason?: GiveUpReason;
  readonly nextAttemptAtMs: number;
  readonly attempts: readonly Attempt[];
  readonly endedAtMs?: number;
}

export interface Attempt {
  readonly atMs: number;
  readonly outcome: string;
}

export type GiveUpReason = 'MaxDeliveryAttemptsExceeded' | 'TimeToLiveExceeded' | 'UndeliverableDueToClientError';

/** What an attempt met: an answer, nobody, or silence. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'timed-out' };

type Policy = Pick<EventSubscription, 'destination' | 'deadLetterContainer' | 'maxDeliveryAttempts' | 'timeToLiveMs'>;

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
/** Azure adds a little randomness to these. */
const scheduleMs = [
  10 * secondMs,
  30 * secondMs,
  minuteMs,
  5 * minuteMs,
  10 * minuteMs,
  30 * minuteMs,
  hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
];
const leastWaitMs: Readonly<Record<number, number>> = {
  401: 5 * minuteMs,
  404: 5 * minuteMs,
  408: 2 * minuteMs,
  503: 30 * secondMs,
};
const hopeless = { function: [400, 403, 413], webhook: [400, 401, 403, 413] } as const;

/** How often, and how soon, a function is tried again whose host is not there. */
const hostAttempts = 5;
const hostRetryMs = secondMs;
const deadLetterRetryMs = 10 * secondMs;

export function newDelivery(
  ids: Pick<Delivery, 'key' | 'topic' | 'subscription'>,
  event: GridEvent,
  nowMs: number,
): Delivery {
  return { ...ids, event, acceptedAtMs: nowMs, state: 'pending', nextAttemptAtMs: nowMs, attempts: [] };
}

export function afterAttempt(delivery: Delivery, policy: Policy, outcome: Outcome, nowMs: number): Delivery {
  const attempts = [...delivery.attempts, { atMs: nowMs, outcome: outcomeName(outcome) }];
  const tried = { ...delivery, attempts };
  if (outcome.kind === 'answered') {
    if (outcome.status >= 200 && outcome.status <= 204) return { ...tried, state: 'delivered', endedAtMs: nowMs };
    const never: readonly number[] = hopeless[policy.destination.kind];
    if (never.includes(outcome.status)) return giveUp(tried, policy, 'UndeliverableDueToClientError', nowMs);
  }
  if (attempts.length >= policy.maxDeliveryAttempts) return giveUp(tried, policy, 'MaxDeliveryAttemptsExceeded', nowMs);
  const waitMs = waitAfter(attempts.length, policy, outcome);
  return { ...tried, nextAttemptAtMs: Math.min(nowMs + waitMs, tried.acceptedAtMs + policy.timeToLiveMs) };
}

/** Whether it fails as it will go on failing: no host that is being started. */
export function keepsFailing(
  { attempts, state, reason }: Delivery,
  { destination }: Policy,
  outcome: Outcome,
): boolean {
  if (state === 'delivered') return false;
  const startsUp = destination.kind === 'function' && isHostAway(outcome);
  return reason !== undefined || attempts.length > (startsUp ? hostAttempts : 1);
}

/** Given up when its time is over, else as it was. */
export function unlessExpired(delivery: Delivery, policy: Policy, nowMs: number): Delivery {
  const isOver = nowMs >= delivery.acceptedAtMs + policy.timeToLiveMs;
  return isOver ? giveUp(delivery, policy, 'TimeToLiveExceeded', nowMs) : delivery;
}

/**
 * After a dead letter was written, or could not be.
 * Differs from Azure: a dead letter that cannot be written is tried again until it can; Azure drops it after four hours.
 */
export function afterDeadLetter(delivery: Delivery, isWritten: boolean, nowMs: number): Delivery {
  return isWritten
    ? { ...delivery, state: 'dead-lettered', endedAtMs: nowMs }
    : { ...delivery, nextAttemptAtMs: nowMs + deadLetterRetryMs };
}

/** Differs from Azure: a dead letter is written at once, not five minutes later. */
function giveUp(delivery: Delivery, { deadLetterContainer }: Policy, reason: GiveUpReason, nowMs: number): Delivery {
  return deadLetterContainer === undefined
    ? { ...delivery, reason, state: 'dropped', endedAtMs: nowMs }
    : { ...delivery, reason, nextAttemptAtMs: nowMs };
}

const isHostAway = (outcome: Outcome): boolean =>
  outcome.kind === 'unreachable' || (outcome.kind === 'answered' && outcome.status === 503);

/** Differs from Azure: a function whose host is being started is tried again every second at first. */
function waitAfter(attempts: number, { destination }: Policy, outcome: Outcome): number {
  if (destination.kind === 'function' && isHostAway(outcome) && attempts <= hostAttempts) return hostRetryMs;
  const scheduledMs = scheduleMs[Math.min(attempts, scheduleMs.length) - 1] ?? 0;
  return Math.max(scheduledMs, (outcome.kind === 'answered' && leastWaitMs[outcome.status]) || 0);
}

const statusNames: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'TimedOut',
  413: 'PayloadTooLarge',
  429: 'Busy',
  503: 'Busy',
};

function outcomeName(outcome: Outcome): string {
  if (outcome.kind === 'unreachable') return 'SocketError';
  if (outcome.kind === 'timed-out') return 'TimedOut';
  if (outcome.status >= 200 && outcome.status <= 204) return 'Delivered';
  return statusNames[outcome.status] ?? 'GenericError';
}
