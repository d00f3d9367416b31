// Timer functions: the host that holds a timer's lock lets it fire, and knows from storage what was missed.
import { neededOption } from '../binding-options.ts';
import type { LoadedFunction } from '../function-app.ts';
import type { Listener, ListenerContext } from '../listener.ts';
import { finished } from '../patience.ts';
import { retryPolicy } from '../retry-policy.ts';
import { connectionString, resolveSettings } from '../settings.ts';
import { waitForService } from '../wait-for-service.ts';
import { isFrequent, parseSchedule } from './schedule.ts';
import { keepLock, type TimerLock } from './timer-lock.ts';
import { startTimerLoop } from './timer-loop.ts';
import { openTimerStorage } from './timer-storage.ts';

export async function startTimerTrigger(fn: LoadedFunction, context: ListenerContext): Promise<Listener> {
  const { environment, hostId, invoke, clock, stopping } = context;
  const text = resolveSettings(neededOption(fn.trigger, 'schedule'), environment);
  const nextAfter = parseSchedule(text, environment['WEBSITE_TIME_ZONE']);
  const policy = retryPolicy(fn.retryOptions);
  const isMonitored = fn.trigger['useMonitor'] !== false && !isFrequent(nextAfter, new Date(clock.now()));
  const runOnStartup = fn.trigger['runOnStartup'] === true;
  const connection = connectionString('AzureWebJobsStorage', environment);
  const warn = (problem: string) =>
    context.log('warning', `Timer function '${fn.name}': ${problem}`, { functionName: fn.name });

  async function takeUp(): Promise<TimerLock> {
    const storage = await openTimerStorage(connection, hostId, fn.name);
    const monitor = isMonitored ? storage.monitor : undefined;
    const timer = { fn, nextAfter, policy, runOnStartup, monitor, invoke, clock, warn, stopping };
    return keepLock(storage.lock, () => startTimerLoop(timer), warn);
  }

  const lock = await waitForService('storage (AzureWebJobsStorage)', takeUp, { log: warn, stopping });
  return {
    stop: async (patienceMs) => {
      await finished(lock.stop(), patienceMs);
    },
  };
}
