// The retry policy of a function as @azure/functions registers it, and how long each retry waits.

export interface RetryPolicy {
  /** -1: without end. */
  readonly maxRetryCount: number;
  /** @param retry 1 for the first */
  delayBeforeMs(retry: number): number;
}

/** The library hands over whole seconds (Duration of the worker protocol). */
interface RegisteredDuration {
  readonly seconds?: number;
}

const triggersWithRetry = new Set(['eventhubtrigger', 'timertrigger']);

/** True for the triggers whose failed invocations the host itself runs again; the others have their service do it. */
export function takesRetryPolicy(triggerType: string): boolean {
  return triggersWithRetry.has(triggerType.toLowerCase());
}

/**
 * Without options nothing is tried again.
 * @param random 0 to 1: exponential waits are spread by a fifth, so that many hosts do not come back at once
 * @throws Error that names what is wrong in the policy
 */
export function retryPolicy(options: Readonly<Record<string, unknown>> | undefined, random = Math.random): RetryPolicy {
  if (!options) return { maxRetryCount: 0, delayBeforeMs: () => 0 };
  const maxRetryCount = options['maxRetryCount'];
  if (typeof maxRetryCount !== 'number' || !Number.isInteger(maxRetryCount) || maxRetryCount < -1)
    throw new Error("The retry policy's maxRetryCount must be a whole number, or -1 for no end.");
  const strategy = options['retryStrategy'];
  if (strategy === 'fixedDelay') {
    const delayMs = intervalMs(options, 'delayInterval');
    return { maxRetryCount, delayBeforeMs: () => delayMs };
  }
  if (strategy !== 'exponentialBackoff')
    throw new Error(`The retry policy's strategy is fixedDelay or exponentialBackoff, not '${String(strategy)}'.`);
  const shortestMs = intervalMs(options, 'minimumInterval');
  const longestMs = intervalMs(options, 'maximumInterval');
  if (longestMs < shortestMs) throw new Error("The retry policy's maximumInterval is below its minimumInterval.");
  return {
    maxRetryCount,
    delayBeforeMs: (retry) => Math.min(longestMs, shortestMs * 2 ** (retry - 1) * (0.8 + 0.4 * random())),
  };
}

function intervalMs(options: Readonly<Record<string, unknown>>, name: string): number {
  const { seconds } = (options[name] ?? {}) as RegisteredDuration;
  if (typeof seconds !== 'number') throw new Error(`The retry policy's ${name} is missing.`);
  return seconds * 1000;
}
