// A timer function at work: one run at a time; the status is noted after it, so that a run that was cut off is made up for.
import type { Clock } from '../../clock.ts';
import type { Invoke, LoadedFunction } from '../function-app.ts';
import { invokeWithRetries } from '../invoke-with-retries.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import type { Schedule } from './schedule.ts';
import { afterRun, beginAt, type ScheduleStatus } from './schedule-status.ts';
import { timerInput } from './timer-input.ts';

/** Where the status outlives the host. */
export interface ScheduleMonitor {
  /** Undefined: none was written yet. */
  read(): Promise<ScheduleStatus | undefined>;
  write(status: ScheduleStatus): Promise<void>;
}

export interface TimerOptions {
  readonly fn: LoadedFunction;
  readonly nextAfter: Schedule;
  readonly policy: RetryPolicy;
  readonly runOnStartup: boolean;
  /** Undefined: what is missed is missed. */
  readonly monitor: ScheduleMonitor | undefined;
  readonly invoke: Invoke;
  readonly clock: Clock;
  readonly warn: (text: string) => void;
  /** Breaks off the waiting for a retry. */
  readonly stopping: AbortSignal;
}

export interface TimerLoop {
  /** Fires no more; resolves when the run under way has ended. */
  end(): Promise<void>;
}

type Kind = 'scheduled' | 'past due' | 'at startup';

/** @throws when the status cannot be read or written */
export async function startTimerLoop(options: TimerOptions): Promise<TimerLoop> {
  const { fn, nextAfter, policy, runOnStartup, monitor, invoke, clock, warn, stopping } = options;
  const now = () => new Date(clock.now());
  const stored = await monitor?.read();
  const { isPastDue, ...beginning } = beginAt(now(), nextAfter, stored);
  let { status } = beginning;
  if (status !== stored) await monitor?.write(status);
  let timer: { cancel(): void } | undefined;
  let running = Promise.resolve();
  let stopped = false;

  async function run(kind: Kind): Promise<void> {
    const at = now();
    const input = { fn, reason: reasons[kind](at), data: timerInput(monitor && status, kind === 'past due') };
    const outcome = await invokeWithRetries(input, { invoke, policy, signal: stopping, clock });
    // Whoever takes the timer up next makes up for it.
    if (outcome === 'abandoned') return;
    // A timer may ring a little early: its occurrence must not come twice.
    const isEarly = kind === 'scheduled' && status.next !== undefined && status.next > at;
    status = afterRun(isEarly ? (status.next ?? at) : at, nextAfter);
    await monitor
      ?.write(status)
      .catch((error: unknown) => warn(`Its status was not saved: ${(error as Error).message}`));
    schedule();
  }

  function begin(kind: Kind): Promise<void> {
    running = run(kind);
    return running;
  }

  /** Whatever passed while it ran comes at once, in one run. */
  function schedule(): void {
    if (stopped || !status.next) return;
    timer = clock.setTimer(status.next.getTime(), () => begin('scheduled'));
  }

  if (isPastDue) void begin('past due');
  else if (runOnStartup) void begin('at startup');
  else schedule();
  return {
    async end() {
      stopped = true;
      timer?.cancel();
      await running;
    },
  };
}

const reasons: Readonly<Record<Kind, (at: Date) => string>> = {
  scheduled: (at) => `Timer fired at ${at.toISOString()}`,
  'past due': () => 'The timer is past due: an occurrence was missed.',
  'at startup': () => 'The host has started (runOnStartup).',
};
