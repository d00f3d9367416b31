// Runs a function again by its retry policy until it succeeds, its retries are spent, or the wait for one is broken off.
import { systemClock, type Clock } from '../clock.ts';
import type { InvocationInput, Invoke } from './function-app.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** `abandoned`: broken off while it waited for a retry; nobody knows whether it would have succeeded. */
export type RetriedOutcome = 'succeeded' | 'failed' | 'abandoned';

export interface Retrying {
  readonly invoke: Invoke;
  readonly policy: RetryPolicy;
  /** Ends the waiting between tries; a running try ends by itself. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** Never rejects: each invocation has logged its own failure. */
export async function invokeWithRetries(
  input: InvocationInput,
  { invoke, policy, signal, clock = systemClock }: Retrying,
): Promise<RetriedOutcome> {
  const { maxRetryCount } = policy;
  let failure: unknown;
  for (let retryCount = 0; ; retryCount += 1) {
    try {
      await invoke(retryCount === 0 ? input : { ...input, retryContext: { retryCount, maxRetryCount, failure } });
      return 'succeeded';
    } catch (error) {
      failure = error;
    }
    if (maxRetryCount !== -1 && retryCount >= maxRetryCount) return 'failed';
    await passTime(policy.delayBeforeMs(retryCount + 1), signal, clock);
    if (signal.aborted) return 'abandoned';
  }
}

/** Resolves when the time has passed, or at once when the signal says so. */
function passTime(durationMs: number, signal: AbortSignal, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const timer = clock.setTimer(clock.now() + durationMs, () => {
    signal.removeEventListener('abort', breakOff);
    resolve();
  });
  const breakOff = (): void => {
    timer.cancel();
    resolve();
  };
  signal.addEventListener('abort', breakOff, { once: true });
  return promise;
}
