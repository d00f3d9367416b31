// The machine's clock, which a test can put forward: timers that become due by it run at once.
import { type Clock, systemClock } from '../../local/clock.ts';

export interface ShiftedClock extends Clock {
  advance(byMs: number): void;
}

export function shiftedClock(): ShiftedClock {
  let shiftMs = 0;
  const timers = new Set<{
    readonly atMs: number;
    readonly run: () => void | Promise<void>;
    readonly cancel: () => void;
  }>();
  return {
    now: () => Date.now() + shiftMs,
    setTimer(atMs, run) {
      const real = systemClock.setTimer(atMs - shiftMs, () => fire());
      const timer = { atMs, run, cancel: () => real.cancel() };
      const fire = () => {
        timers.delete(timer);
        void run();
      };
      timers.add(timer);
      return {
        cancel() {
          timers.delete(timer);
          timer.cancel();
        },
      };
    },
    advance(byMs) {
      shiftMs += byMs;
      for (const timer of timers) {
        if (timer.atMs > Date.now() + shiftMs) continue;
        timers.delete(timer);
        timer.cancel();
        void timer.run();
      }
    },
  };
}
