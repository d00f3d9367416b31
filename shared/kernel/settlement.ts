// The one settlement rule: what becomes of a Service Bus message whose handler threw. Pure; message-handler carries it out.
import { type AppError, errorRegistry } from './errors.ts';

export interface Attempt {
  /** Which scheduled copy this message is: 0 for the original. */
  readonly copy: number;
  /** How often the handler ran on this delivery, at least 1. */
  readonly tries: number;
  readonly originalAt: number;
  readonly now: number;
  /** In a session queue a later message would overtake a copy: nothing is copied there. */
  readonly hasSession: boolean;
}

export interface SettlementLimits {
  /** Retries in place before the message is put off, default 3. */
  readonly triesInPlace: number;
  /** First delay in place, doubled each time. */
  readonly delayInPlaceMs: number;
  readonly firstBackOffMs: number;
  readonly maxBackOffMs: number;
  /** A message older than this is dead-lettered instead of put off again. */
  readonly maxAgeMs: number;
}

export const defaultLimits: SettlementLimits = {
  triesInPlace: 3,
  delayInPlaceMs: 200,
  firstBackOffMs: 2_000,
  maxBackOffMs: 30_000,
  maxAgeMs: 24 * 3_600_000,
};

export type Settlement =
  | { readonly action: 'complete' }
  | { readonly action: 'retry'; readonly delayMs: number }
  | { readonly action: 'copy'; readonly delayMs: number }
  | { readonly action: 'dead-letter'; readonly reason: string }
  | { readonly action: 'abandon' };

/** `jitter` in 0..1 spreads the delays over their upper half. */
export function settle(error: AppError, attempt: Attempt, jitter: number, limits = defaultLimits): Settlement {
  switch (error.kind) {
    case 'conflict':
    case 'rejected':
      return { action: 'complete' };
    case 'invalid-input':
    case 'not-found':
    case 'permanent':
      return { action: 'dead-letter', reason: error.code };
    case 'unknown':
      return { action: 'abandon' };
    case 'transient':
      return settleTransient(error, attempt, jitter, limits);
  }
}

function settleTransient(error: AppError, attempt: Attempt, jitter: number, limits: SettlementLimits): Settlement {
  const spread = (ms: number): number => Math.round(ms * (0.5 + jitter / 2));
  if (attempt.tries < limits.triesInPlace) {
    return { action: 'retry', delayMs: spread(limits.delayInPlaceMs * 2 ** (attempt.tries - 1)) };
  }
  if (attempt.hasSession) return { action: 'abandon' };
  if (attempt.now - attempt.originalAt >= limits.maxAgeMs) {
    return { action: 'dead-letter', reason: `${error.code}: ${errorRegistry[error.code].title}, for too long` };
  }
  const wanted = Math.max(error.retryAfterMs ?? 0, limits.firstBackOffMs * 2 ** Math.min(attempt.copy, 16));
  return { action: 'copy', delayMs: spread(Math.min(wanted, limits.maxBackOffMs)) };
}
