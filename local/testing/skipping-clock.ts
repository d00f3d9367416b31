// A clock for tests: it goes on with the machine's, and can be moved forward to where something is due.
import { type Clock, systemClock } from '../clock.ts';

export interface SkippingClock extends Clock {
  /** When the next timer is due; undefined: none is set. */
  nextTimerMs(): number | undefined;
  /** Moves the time forward and runs, in their order, the timers that are due by then; never back. */
  skipTo(atMs: number): void;
  /** True while what a timer began has not ended. */
  isBusy(): boolean;
}

interface Timer {
  readonly atMs: number;
  readonly fire: () => void;
  armed: { cancel(): void };
}

/**
 * @param startAt where the time begins, default now. Not in the past: the SDKs hold locks and leases against the machine's clock
 * @throws Error when it is
 */
export function skippingClock(startAt?: Date | number | string): SkippingClock {
  let skippedMs = startAt === undefined ? 0 : new Date(startAt).getTime() - systemClock.now();
  if (!(skippedMs >= 0))
    throw new Error(`A skipping clock cannot start at '${String(startAt)}': give a time in the future, or none.`);
  const timers = new Set<Timer>();
  let underWay = 0;
  const now = () => systemClock.now() + skippedMs;
  const arm = (timer: Pick<Timer, 'atMs' | 'fire'>) => systemClock.setTimer(timer.atMs - skippedMs, timer.fire);

  async function runTimer(run: () => void | Promise<void>): Promise<void> {
    underWay += 1;
    try {
      await run();
    } finally {
      underWay -= 1;
    }
  }

  return {
    now,
    setTimer(atMs, run) {
      const fire = (): void => {
        timers.delete(timer);
        void runTimer(run);
      };
      const timer: Timer = { atMs, fire, armed: arm({ atMs, fire }) };
      timers.add(timer);
      return {
        cancel: () => {
          timers.delete(timer);
          timer.armed.cancel();
        },
      };
    },
    nextTimerMs: () => earliest(timers)?.atMs,
    skipTo(atMs) {
      skippedMs += Math.max(0, atMs - now());
      for (const timer of timers) timer.armed.cancel();
      // A timer that is set while these fire runs on a later turn, even when it is due.
      const due = [...timers].filter((timer) => timer.atMs <= now()).toSorted((a, b) => a.atMs - b.atMs);
      for (const timer of due) if (timers.has(timer)) timer.fire();
      for (const timer of timers) {
        timer.armed.cancel();
        timer.armed = arm(timer);
      }
    },
    isBusy: () => underWay > 0,
  };
}

function earliest(timers: Iterable<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) if (!first || timer.atMs < first.atMs) first = timer;
  return first;
}
