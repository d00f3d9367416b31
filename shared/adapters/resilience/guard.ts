// What stands between us and a dependency, from the outside in: retry, bulkhead, circuit breaker, time-out. A call that waits for
// its turn finds the circuit as it is then; a back-off holds no turn.
import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  isTaskCancelledError,
  retry,
  timeout,
  TimeoutStrategy,
} from 'cockatiel';
import { AppError } from '../../kernel/errors.ts';
import { type Dependency, type Limits, limits as allLimits } from './limits.ts';

export interface CallOptions {
  /** Whether the call made twice acts once. Others are repeated only when they cannot have acted. Default false. */
  readonly idempotent?: boolean;
  /** The caller's own: what it ends is no failure of the dependency. */
  readonly signal?: AbortSignal;
}

export type Circuit = 'closed' | 'half-open' | 'open';

export interface CircuitReport {
  readonly circuit: Circuit;
  /** Until the next call may try, of an open circuit. */
  readonly retryAfterMs?: number;
}

export interface Guard {
  readonly name: string;
  readonly limits: Limits;
  /**
   * Makes a call within the dependency's limits. `call` throws the dependency's own transient code where it got no answer, which is
   * what is counted and repeated; whatever else it throws passes. Its signal ends what was not answered in time.
   * @throws AppError the dependency's transient code; with retryAfterMs where it was not asked at all
   */
  run<T>(call: (signal: AbortSignal) => Promise<T>, options?: CallOptions): Promise<T>;
  report(): CircuitReport;
}

/** How long whoever finds no turn does well to wait. */
const fullRetryAfterMs = 1_000;

export function createGuard(name: string, limits: Limits): Guard {
  const isFailure = (error: unknown): error is AppError => error instanceof AppError && error.code === limits.code;
  const turns = bulkhead(limits.concurrency, limits.queue);
  // Aborting on return would cut a body that is still being read.
  const bounded = timeout(limits.timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
  const breaker = circuitBreaker(handleWhen(isFailure), {
    halfOpenAfter: limits.halfOpenAfterMs,
    breaker: new ConsecutiveBreaker(limits.opensAfter),
  });
  let openedAt = 0;
  breaker.onBreak(() => (openedAt = Date.now()));
  breaker.onStateChange((state) => console.warn(`${name}: the circuit is ${circuitNames[state]}`));
  const leftMs = (): number => Math.max(0, openedAt + limits.halfOpenAfterMs - Date.now());

  const inTime = async <T>(call: (signal: AbortSignal) => Promise<T>, own: AbortSignal | undefined): Promise<T> => {
    try {
      return await bounded.execute(({ signal }) => call(signal), own);
    } catch (cause) {
      if (!isTaskCancelledError(cause) || own?.aborted === true) throw cause;
      throw new AppError(limits.code, `${name}: no answer within ${limits.timeoutMs} ms; the outcome is unknown`, {
        cause,
      });
    }
  };
  const retries = (repeat: (error: AppError) => boolean) =>
    retry(
      // Whoever says when to come back is not asked before.
      handleWhen((error) => isFailure(error) && error.retryAfterMs === undefined && repeat(error)),
      { maxAttempts: limits.attempts - 1, backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_000 }) },
    );
  const always = retries(() => true);
  const unlessSent = retries(neverSent);

  return {
    name,
    limits,
    run: async (call, { idempotent = false, signal } = {}) => {
      try {
        return await (idempotent ? always : unlessSent).execute(
          () => turns.execute(() => breaker.execute(() => inTime(call, signal)), signal),
          signal,
        );
      } catch (cause) {
        if (isBrokenCircuitError(cause)) {
          const detail = `${name}: not asked, for it failed ${limits.opensAfter} times in a row; try again shortly`;
          throw new AppError(limits.code, detail, { cause, retryAfterMs: leftMs() });
        }
        if (isBulkheadRejectedError(cause)) {
          const detail = `${name}: not asked, for too many calls wait already; try again shortly`;
          throw new AppError(limits.code, detail, { cause, retryAfterMs: fullRetryAfterMs });
        }
        throw cause;
      }
    },
    report: () => {
      if (breaker.state !== CircuitState.Open) return { circuit: circuitNames[breaker.state] };
      const retryAfterMs = leftMs();
      return retryAfterMs === 0 ? { circuit: 'half-open' } : { circuit: 'open', retryAfterMs };
    },
  };
}

const circuitNames: Readonly<Record<CircuitState, Circuit>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

const unsentCodes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/** Whether no connection came about: then nothing was done. */
function neverSent(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && unsentCodes.includes(at.code)) return true;
  }
  return false;
}

export type Guards = Readonly<Record<Dependency, Guard>>;

/** One guard a dependency, for the life of the process. */
export const createGuards = (): Guards =>
  Object.fromEntries(
    Object.entries(allLimits).map(([name, limits]) => [name, createGuard(name, limits)]),
  ) as unknown as Guards;
