import { describe, expect, it } from 'vitest';
import type { InvocationInput, LoadedFunction } from '../../../local/host/function-app.ts';
import { retryPolicy } from '../../../local/host/retry-policy.ts';
import { parseSchedule } from '../../../local/host/timer/schedule.ts';
import type { ScheduleStatus } from '../../../local/host/timer/schedule-status.ts';
import { startTimerLoop } from '../../../local/host/timer/timer-loop.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const minuteMs = 60_000;

interface Given {
  readonly schedule: string;
  readonly startAt?: string;
  readonly runOnStartup?: boolean;
  readonly isMonitored?: boolean;
  /** What the host before left behind. */
  readonly stored?: ScheduleStatus;
  readonly retryOptions?: Record<string, unknown>;
}

async function start(given: Given) {
  const { schedule, startAt = '2026-01-01T00:00:00Z', runOnStartup = false, isMonitored = true, retryOptions } = given;
  const clock = createFakeClock(Date.parse(startAt));
  const calls: { input: InvocationInput; end: (error?: Error) => void }[] = [];
  let stored = given.stored;
  const stopping = new AbortController();
  const loop = await startTimerLoop({
    fn: { name: 'f' } as LoadedFunction,
    nextAfter: parseSchedule(schedule),
    policy: retryPolicy(retryOptions),
    runOnStartup,
    monitor: isMonitored ? { read: async () => stored, write: async (status) => void (stored = status) } : undefined,
    invoke: (input) => {
      const { promise, resolve, reject } = Promise.withResolvers<never>();
      calls.push({ input, end: (error) => (error ? reject(error) : resolve(undefined as never)) });
      return promise;
    },
    clock,
    warn: () => {},
    stopping: stopping.signal,
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    loop,
    stopping,
    calls,
    stored: () => stored,
    passTo: (time: string) => clock.advance(Date.parse(time) - clock.now()),
    settled,
    end: async (call: number, error?: Error) => {
      calls[call]?.end(error);
      await settled();
    },
  };
}

const at = (time: string) => new Date(`2026-01-01T${time}Z`);

function timerOf(call: { input: InvocationInput } | undefined): unknown {
  if (!call || !('json' in call.input.data)) throw new Error('no call, or one without JSON');
  return JSON.parse(call.input.data.json);
}

describe('a timer', () => {
  it('fires at its occurrence, which is the Next it is told, and notes it after the run', async () => {
    const timer = await start({ schedule: '0 */5 * * * *' });
    expect(timer.calls).toHaveLength(0);
    timer.passTo('2026-01-01T00:05:00Z');
    expect(timerOf(timer.calls[0])).toEqual({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: '0001-01-01T00:00:00',
        Next: '2026-01-01T00:05:00.000Z',
        LastUpdated: '2026-01-01T00:00:00.000Z',
      },
      IsPastDue: false,
    });
    expect(timer.stored()?.last).toBeUndefined();
    await timer.end(0);
    expect(timer.stored()).toEqual({ last: at('00:05:00'), next: at('00:10:00'), lastUpdated: at('00:05:00') });
  });

  it('does not overlap: what passes while it runs comes in one run after it', async () => {
    const timer = await start({ schedule: '0 */5 * * * *' });
    timer.passTo('2026-01-01T00:05:00Z');
    timer.passTo('2026-01-01T00:17:00Z');
    expect(timer.calls).toHaveLength(1);
    await timer.end(0);
    timer.passTo('2026-01-01T00:17:01Z');
    expect(timer.calls).toHaveLength(2);
    await timer.end(1);
    timer.passTo('2026-01-01T00:19:59Z');
    expect(timer.calls).toHaveLength(2);
    timer.passTo('2026-01-01T00:20:00Z');
    expect(timer.calls).toHaveLength(3);
  });

  it('goes on after a failure', async () => {
    const timer = await start({ schedule: '00:01:00' });
    timer.passTo('2026-01-01T00:01:00Z');
    await timer.end(0, new Error('no'));
    timer.passTo('2026-01-01T00:02:00Z');
    expect(timer.calls).toHaveLength(2);
  });

  it('is tried again by its retry policy before its run is noted', async () => {
    const retryOptions = { retryStrategy: 'fixedDelay', maxRetryCount: 1, delayInterval: { seconds: 30 } };
    const timer = await start({ schedule: '0 */5 * * * *', retryOptions });
    timer.passTo('2026-01-01T00:05:00Z');
    await timer.end(0, new Error('no'));
    timer.passTo('2026-01-01T00:05:30Z');
    await timer.settled();
    expect(timer.calls[1]?.input.retryContext).toMatchObject({ retryCount: 1, maxRetryCount: 1 });
    expect(timer.stored()?.last).toBeUndefined();
    await timer.end(1, new Error('no'));
    expect(timer.stored()?.next).toEqual(at('00:10:00'));
  });

  it('that waits for a retry when the host stops is left to the next host', async () => {
    const retryOptions = { retryStrategy: 'fixedDelay', maxRetryCount: -1, delayInterval: { seconds: 3600 } };
    const timer = await start({ schedule: '0 */5 * * * *', retryOptions });
    timer.passTo('2026-01-01T00:05:00Z');
    await timer.end(0, new Error('no'));
    timer.stopping.abort();
    await timer.loop.end();
    expect(timer.stored()?.next).toEqual(at('00:05:00'));
  });

  it('fires at the start with runOnStartup, and by its schedule after that', async () => {
    const timer = await start({ schedule: '0 0 * * * *', runOnStartup: true });
    expect(timer.calls).toHaveLength(1);
    await timer.end(0);
    timer.passTo('2026-01-01T01:00:00Z');
    expect(timer.calls).toHaveLength(2);
  });

  it('fires no more when it has ended', async () => {
    const timer = await start({ schedule: '0 * * * * *' });
    await timer.loop.end();
    timer.passTo('2026-01-01T01:00:00Z');
    expect(timer.calls).toHaveLength(0);
  });

  it('without a monitor has no status', async () => {
    const timer = await start({ schedule: '* * * * * *', isMonitored: false });
    timer.passTo('2026-01-01T00:00:01Z');
    expect(timerOf(timer.calls[0])).toMatchObject({ ScheduleStatus: null });
  });
});

describe('a timer taken up from another host', () => {
  const stored = { last: at('00:00:00'), next: at('00:05:00'), lastUpdated: at('00:00:00') };

  it('makes up for all that was missed in one run, past due', async () => {
    const timer = await start({ schedule: '0 */5 * * * *', startAt: '2026-01-01T00:32:00Z', stored });
    expect(timer.calls).toHaveLength(1);
    expect(timerOf(timer.calls[0])).toMatchObject({
      IsPastDue: true,
      ScheduleStatus: { Next: '2026-01-01T00:05:00.000Z' },
    });
    await timer.end(0);
    expect(timer.stored()?.next).toEqual(at('00:35:00'));
  });

  it('in time fires at its occurrence', async () => {
    const timer = await start({ schedule: '0 */5 * * * *', startAt: '2026-01-01T00:04:00Z', stored });
    expect(timer.calls).toHaveLength(0);
    timer.passTo('2026-01-01T00:05:00Z');
    expect(timerOf(timer.calls[0])).toMatchObject({ IsPastDue: false });
  });

  it('that never fired is past due from when it was first seen', async () => {
    const seenOnce = { last: undefined, next: at('00:05:00'), lastUpdated: at('00:00:00') };
    const timer = await start({ schedule: '0 */5 * * * *', startAt: '2026-01-01T00:06:00Z', stored: seenOnce });
    expect(timerOf(timer.calls[0])).toMatchObject({ IsPastDue: true });
  });

  it('whose schedule has changed makes up for nothing and keeps to the new one', async () => {
    const timer = await start({ schedule: '0 0 * * * *', startAt: '2026-01-01T03:30:00Z', stored });
    expect(timer.calls).toHaveLength(0);
    expect(timer.stored()).toMatchObject({ last: stored.last, next: at('04:00:00') });
    timer.passTo('2026-01-01T04:00:00Z');
    expect(timer.calls).toHaveLength(1);
  });

  it('without a monitor knows nothing of it', async () => {
    const timer = await start({
      schedule: '0 */5 * * * *',
      startAt: '2026-01-01T00:32:00Z',
      stored,
      isMonitored: false,
    });
    expect(timer.calls).toHaveLength(0);
  });

  it('fires a day of minutes by ticks of a minute, each once', async () => {
    const timer = await start({ schedule: '0 * * * * *' });
    for (let minute = 1; minute <= 24 * 60; minute += 1) {
      timer.passTo(new Date(Date.parse('2026-01-01T00:00:00Z') + minute * minuteMs).toISOString());
      await timer.end(minute - 1);
    }
    expect(timer.calls).toHaveLength(24 * 60);
  });
});
