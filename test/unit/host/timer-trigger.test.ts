import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../local/clock.ts';
import type { InvocationInput, LoadedFunction } from '../../../local/host/function-app.ts';
import type { ListenerContext } from '../../../local/host/listener.ts';
import { startTimerTrigger } from '../../../local/host/timer/timer-trigger.ts';

function start(options: { schedule: string; runOnStartup?: boolean; retryOptions?: Record<string, unknown> }) {
  const { retryOptions, ...schedule } = options;
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const timers: { atMs: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => nowMs,
    setTimer: (atMs, run) => {
      const timer = { atMs, run };
      timers.push(timer);
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) };
    },
  };
  const calls: { input: InvocationInput; end: (error?: Error) => void }[] = [];
  const invoke: ListenerContext['invoke'] = (input) => {
    const { promise, resolve, reject } = Promise.withResolvers<never>();
    calls.push({ input, end: (error) => (error ? reject(error) : resolve(undefined as never)) });
    return promise;
  };
  const binding = { name: 't', type: 'timerTrigger', direction: 'in' as const, ...schedule };
  const fn: LoadedFunction = {
    name: 'f',
    bindings: { t: binding },
    trigger: { ...binding, key: 't' },
    callback: () => {},
    ...(retryOptions && { retryOptions }),
  };
  const stopping = new AbortController();
  const context = { invoke, environment: {}, stopping: stopping.signal } as unknown as ListenerContext;
  return {
    listener: startTimerTrigger(fn, context, clock),
    stopping,
    calls,
    timers,
    passTo: (time: string) => {
      nowMs = Date.parse(time);
      for (const timer of timers.filter(({ atMs }) => atMs <= nowMs)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.run();
      }
    },
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

function statusOf(input: InvocationInput | undefined): object {
  if (!input || !('json' in input.data)) throw new Error('no call, or one without JSON');
  const { json } = input.data;
  return (JSON.parse(json) as { ScheduleStatus: object }).ScheduleStatus;
}

describe('timer trigger', () => {
  it('fires at the first occurrence and says when the next one is', () => {
    const { calls, passTo } = start({ schedule: '0 */5 * * * *' });
    expect(calls).toHaveLength(0);
    passTo('2026-01-01T00:05:00Z');
    expect(statusOf(calls[0]?.input)).toMatchObject({ Last: '0001-01-01T00:00:00', Next: '2026-01-01T00:10:00.000Z' });
  });

  it('does not overlap: an occurrence that comes while it runs is left out', async () => {
    const { calls, passTo, settle, timers } = start({ schedule: '0 */5 * * * *' });
    passTo('2026-01-01T00:05:00Z');
    passTo('2026-01-01T00:12:00Z');
    expect(calls).toHaveLength(1);
    calls[0]?.end();
    await settle();
    expect(timers.map(({ atMs }) => new Date(atMs).toISOString())).toEqual(['2026-01-01T00:15:00.000Z']);
    passTo('2026-01-01T00:15:00Z');
    expect(statusOf(calls[1]?.input)).toMatchObject({ Last: '2026-01-01T00:05:00.000Z' });
  });

  it('goes on after a failure', async () => {
    const { calls, passTo, settle, timers } = start({ schedule: '00:01:00' });
    passTo('2026-01-01T00:01:00Z');
    calls[0]?.end(new Error('no'));
    await settle();
    expect(timers).toHaveLength(1);
  });

  it('is tried again by its retry policy before the next occurrence is set', async () => {
    const retryOptions = { retryStrategy: 'fixedDelay', maxRetryCount: 1, delayInterval: { seconds: 30 } };
    const { calls, passTo, settle, timers } = start({ schedule: '0 */5 * * * *', retryOptions });
    passTo('2026-01-01T00:05:00Z');
    calls[0]?.end(new Error('no'));
    await settle();
    passTo('2026-01-01T00:05:30Z');
    await settle();
    expect(calls[1]?.input.retryContext).toMatchObject({ retryCount: 1, maxRetryCount: 1 });
    calls[1]?.end(new Error('no'));
    await settle();
    expect(timers.map(({ atMs }) => new Date(atMs).toISOString())).toEqual(['2026-01-01T00:10:00.000Z']);
  });

  it('waits for no retry when the host stops', async () => {
    const retryOptions = { retryStrategy: 'fixedDelay', maxRetryCount: -1, delayInterval: { seconds: 3600 } };
    const { listener, calls, passTo, settle, stopping, timers } = start({ schedule: '0 */5 * * * *', retryOptions });
    passTo('2026-01-01T00:05:00Z');
    calls[0]?.end(new Error('no'));
    await settle();
    stopping.abort();
    await (await listener).stop(60_000);
    expect(timers).toHaveLength(0);
  });

  it('fires at the start with runOnStartup', () => {
    expect(start({ schedule: '0 0 0 1 1 *', runOnStartup: true }).calls).toHaveLength(1);
  });

  it('fires no more when it has stopped', async () => {
    const { listener, calls, passTo } = start({ schedule: '* * * * * *' });
    await (await listener).stop(0);
    passTo('2026-01-01T01:00:00Z');
    expect(calls).toHaveLength(0);
  });
});
