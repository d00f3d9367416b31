// What each dependency may cost us, in one table: how long, how often, how many at once, and when we stop asking.
import type { ErrorCode } from '../../kernel/errors.ts';

export interface Limits {
  /** What a call that got no answer throws; of kind transient. */
  readonly code: ErrorCode;
  /** One attempt, in milliseconds. */
  readonly timeoutMs: number;
  /**
   * Attempts of one call, at least 1. One layer retries, for retries multiply: here where nobody above waits longer and tries
   * again, 1 where somebody does (the saga by Durable, AMQP by its SDK, which alone can open a broken link again).
   */
  readonly attempts: number;
  /** Failures in a row that open the circuit. */
  readonly opensAfter: number;
  /** How long an open circuit refuses before it lets one call try. */
  readonly halfOpenAfterMs: number;
  /** Attempts under way at once. */
  readonly concurrency: number;
  /** Calls that wait for their turn; one more is refused. Above what the host runs at once, so that bursts wait, not fail. */
  readonly queue: number;
}

const remote = { timeoutMs: 10_000, attempts: 1, opensAfter: 5, halfOpenAfterMs: 5_000, concurrency: 16, queue: 64 };

const amqp = {
  ...remote,
  code: 'messaging-unavailable',
  // Longer than the SDK takes for its two attempts of 5 s.
  timeoutMs: 12_000,
  halfOpenAfterMs: 2_000,
  concurrency: 128,
  queue: 2_048,
} as const;

export const limits = {
  payments: { ...remote, code: 'payments-unavailable' },
  carrier: { ...remote, code: 'carrier-unavailable' },
  mail: { ...remote, code: 'mail-unavailable' },
  // Many hosts behind one name: that one of them is down says nothing of the others, so no circuit ever opens.
  webhooks: { ...remote, code: 'webhook-unavailable', opensAfter: Number.MAX_SAFE_INTEGER },
  'event-grid': { ...remote, code: 'events-unavailable', attempts: 2, concurrency: 32, queue: 256 },
  storage: {
    code: 'storage-unavailable',
    timeoutMs: 15_000,
    attempts: 3,
    opensAfter: 20,
    halfOpenAfterMs: 1_000,
    concurrency: 256,
    queue: 4_096,
  },
  'service-bus': amqp,
  'event-hubs': amqp,
} as const satisfies Record<string, Limits>;

export type Dependency = keyof typeof limits;
