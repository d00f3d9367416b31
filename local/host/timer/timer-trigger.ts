// Timer functions: one run at a time, the next one computed when the last has ended.
// Differs from Azure: every host fires its timers itself and an occurrence missed while it was down is not made up for.
import { neededOption } from '../binding-options.ts';
import { systemClock, type Clock } from '../../clock.ts';
import type { LoadedFunction } from '../function-app.ts';
import type { Listener, ListenerContext } from '../listener.ts';
import { invokeWithRetries } from '../invoke-with-retries.ts';
import { finished } from '../patience.ts';
import { retryPolicy } from '../retry-policy.ts';
import { resolveSettings } from '../settings.ts';
import { parseSchedule } from './schedule.ts';
import { timerInput } from './timer-input.ts';

export async function startTimerTrigger(
  fn: LoadedFunction,
  { invoke, environment, stopping }: ListenerContext,
  clock: Clock = systemClock,
): Promise<Listener> {
  const text = resolveSettings(neededOption(fn.trigger, 'schedule'), environment);
  const nextAfter = parseSchedule(text, environment['WEBSITE_TIME_ZONE']);
  const policy = retryPolicy(fn.retryOptions);
  let last: Date | undefined;
  let timer: { cancel(): void } | undefined;
  let running = Promise.resolve();
  let stopped = false;

  const fire = async (reason: string): Promise<void> => {
    const now = new Date(clock.now());
    const data = timerInput({ last, next: nextAfter(now), now });
    last = now;
    // Whatever comes of it, a timer goes on.
    await invokeWithRetries({ fn, reason, data }, { invoke, policy, signal: stopping, clock });
    schedule();
  };
  const schedule = (): void => {
    const next = nextAfter(new Date(clock.now()));
    if (stopped || !next) return;
    timer = clock.setTimer(next.getTime(), () => {
      running = fire(`Timer fired at ${new Date(clock.now()).toISOString()}`);
    });
  };

  if (fn.trigger['runOnStartup'] === true) running = fire('The host has started (runOnStartup).');
  else schedule();
  return {
    stop: async (patienceMs) => {
      stopped = true;
      timer?.cancel();
      await finished(running, patienceMs);
    },
  };
}
