import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGuard, type Guard } from '../../../../../shared/adapters/resilience/guard.ts';
import { type Limits, limits as allLimits } from '../../../../../shared/adapters/resilience/limits.ts';
import { AppError } from '../../../../../shared/kernel/errors.ts';

const limits: Limits = {
  code: 'carrier-unavailable',
  timeoutMs: 1_000,
  attempts: 3,
  opensAfter: 4,
  halfOpenAfterMs: 5_000,
  concurrency: 2,
  queue: 3,
};

const guarded = (changes: Partial<Limits> = {}): Guard => createGuard('carrier', { ...limits, ...changes });

const unavailable = (): AppError => new AppError('carrier-unavailable', 'no answer');
const fails = (): Promise<never> => Promise.reject(unavailable());

/** Runs every timer that comes due until the promise is settled. */
async function settled<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.all([Promise.allSettled([promise]), vi.runAllTimersAsync()]);
  return result[0];
}

async function failTimes(guard: Guard, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await guard.run(fails).catch(() => undefined);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('time-out', () => {
  test('a call without an answer ends as the dependency’s transient error, and its signal is raised', async () => {
    let raised: AbortSignal | undefined;
    const call = guarded().run((signal) => {
      raised = signal;
      return new Promise<never>(() => undefined);
    });
    const error = call.catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(999);
    expect(raised?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(raised?.aborted).toBe(true);
    expect(await error).toMatchObject({ code: 'carrier-unavailable', kind: 'transient' });
  });

  test('the signal stays down once the answer is there, for a body is still to be read', async () => {
    const signal = await guarded().run((given) => Promise.resolve(given));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(signal.aborted).toBe(false);
  });

  test('what the caller itself ends is no failure of the dependency', async () => {
    const guard = guarded({ opensAfter: 1 });
    const own = new AbortController();
    const call = guard.run(() => new Promise<never>(() => undefined), { signal: own.signal });
    own.abort();
    expect(await settled(call)).toMatchObject({ status: 'rejected' });
    expect(guard.report()).toEqual({ circuit: 'closed' });
  });
});

describe('retry', () => {
  const outcome = fc.constantFrom('fails', 'unsent', 'refused', 'told-to-wait', 'answers');
  const thrown = {
    fails: unavailable,
    unsent: () =>
      new AppError('carrier-unavailable', 'down', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
    refused: () => new AppError('carrier-refused', 'no'),
    'told-to-wait': () => new AppError('carrier-unavailable', 'busy', { retryAfterMs: 9_000 }),
  };

  test('a call is repeated only when it failed, may be repeated, and nobody said when to come back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { minLength: 3, maxLength: 3 }), fc.boolean(), async (script, idempotent) => {
        let made = 0;
        const call = (): Promise<string> => {
          const now = script[made++] ?? 'answers';
          return now === 'answers' ? Promise.resolve(now) : Promise.reject(thrown[now]());
        };
        await settled(guarded({ opensAfter: 99 }).run(call, { idempotent }));
        const repeatable = idempotent ? ['fails', 'unsent'] : ['unsent'];
        const last = script.findIndex((each) => !repeatable.includes(each));
        expect(made).toBe(last === -1 ? 3 : last + 1);
      }),
    );
  });

  test('a repeat waits, a little longer each time at most a second', async () => {
    const at: number[] = [];
    const call = (): Promise<never> => {
      at.push(Date.now());
      return fails();
    };
    await settled(guarded({ attempts: 6, opensAfter: 99 }).run(call, { idempotent: true }));
    const pauses = at.slice(1).map((time, n) => time - (at[n] ?? 0));
    expect(pauses).toHaveLength(5);
    expect(pauses.every((pause) => pause > 0 && pause <= 1_000)).toBe(true);
  });
});

describe('bulkhead', () => {
  test('never more calls at once than there are turns, and all are made that fit in the queue', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        async (durations, concurrency) => {
          const guard = guarded({ concurrency, queue: 3 });
          let now = 0;
          let most = 0;
          const calls = durations.map((ms) =>
            guard.run(async () => {
              most = Math.max(most, ++now);
              await new Promise((resolve) => setTimeout(resolve, ms));
              now -= 1;
            }),
          );
          const results = await settled(Promise.allSettled(calls));
          if (results.status === 'rejected') throw results.reason;
          const refused = results.value.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
          expect(most).toBe(Math.min(durations.length, concurrency));
          expect(refused).toHaveLength(Math.max(0, durations.length - concurrency - 3));
          for (const error of refused)
            expect(error).toMatchObject({ code: 'carrier-unavailable', kind: 'transient', retryAfterMs: 1_000 });
        },
      ),
    );
  });

  test('a full bulkhead does not open the circuit', async () => {
    const guard = guarded({ concurrency: 1, queue: 0, opensAfter: 1 });
    const slow = guard.run(() => new Promise((resolve) => setTimeout(resolve, 10)));
    await expect(guard.run(() => Promise.resolve())).rejects.toMatchObject({ retryAfterMs: 1_000 });
    await settled(slow);
    expect(guard.report()).toEqual({ circuit: 'closed' });
  });
});

describe('circuit', () => {
  test('failures in a row open it: nobody is asked, and the error says when to come back', async () => {
    const guard = guarded();
    await failTimes(guard, 3);
    expect(guard.report()).toEqual({ circuit: 'closed' });
    await failTimes(guard, 1);
    await vi.advanceTimersByTimeAsync(2_000);
    const call = vi.fn<() => Promise<void>>(() => Promise.resolve());
    await expect(guard.run(call)).rejects.toMatchObject({ code: 'carrier-unavailable', retryAfterMs: 3_000 });
    expect(call).not.toHaveBeenCalled();
    expect(guard.report()).toEqual({ circuit: 'open', retryAfterMs: 3_000 });
  });

  test('a success between failures, and refusals of any number, leave it closed', async () => {
    const guard = guarded();
    for (let n = 0; n < 5; n += 1) {
      await failTimes(guard, 3);
      await guard.run(() => Promise.resolve());
    }
    const refused = () => guard.run(() => Promise.reject(new AppError('carrier-refused', 'no'))).catch(() => undefined);
    for (let n = 0; n < 10; n += 1) await refused();
    expect(guard.report()).toEqual({ circuit: 'closed' });
  });

  test('after its time one call tries while the others wait for what it finds', async () => {
    const guard = guarded({ concurrency: 10 });
    await failTimes(guard, 4);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(guard.report()).toEqual({ circuit: 'half-open' });
    let asked = 0;
    const call = async (): Promise<void> => {
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
    };
    const calls = Promise.all([guard.run(call), guard.run(call), guard.run(call)]);
    await vi.advanceTimersByTimeAsync(99);
    expect(asked).toBe(1);
    await settled(calls);
    expect(asked).toBe(3);
    expect(guard.report()).toEqual({ circuit: 'closed' });
  });

  test('a try that fails opens it again', async () => {
    const guard = guarded();
    await failTimes(guard, 4);
    await vi.advanceTimersByTimeAsync(5_000);
    await failTimes(guard, 1);
    expect(guard.report()).toEqual({ circuit: 'open', retryAfterMs: 5_000 });
  });

  test('whoever waits for a turn when it opens is not sent after the others', async () => {
    const guard = guarded({ concurrency: 1, opensAfter: 1 });
    const call = vi.fn<() => Promise<never>>(fails);
    const calls = [guard.run(call), guard.run(call), guard.run(call)];
    await settled(Promise.allSettled(calls));
    expect(call).toHaveBeenCalledTimes(1);
  });
});

describe('limits', () => {
  const waitsMs = ({ attempts, timeoutMs, queue, concurrency }: Limits): number =>
    attempts * (timeoutMs + 1_000) + Math.ceil(queue / concurrency) * timeoutMs;

  /** The host runs 32 activities at once; a lock is five minutes. */
  test.each(Object.entries(allLimits))(
    'a burst of %s waits for its turn, and a call ends before any lock does',
    (_name, each) => {
      expect(each.concurrency + each.queue).toBeGreaterThanOrEqual(2 * 32);
      expect(waitsMs(each)).toBeLessThan(5 * 60_000);
    },
  );
});
