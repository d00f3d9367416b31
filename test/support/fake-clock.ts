// A clock that stands still until a test moves it.
import type { Clock } from '../../local/clock.ts';

export interface FakeClock extends Clock {
  /** Moves the time on and runs, in order, every timer that is due on the way. */
  advance(ms: number): void;
}

export function createFakeClock(startMs = Date.UTC(2030, 0, 1)): FakeClock {
  let nowMs = startMs;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void | Promise<void> }>();
  return {
    now: () => nowMs,
    setTimer(atMs, run) {
      const timer = { atMs, run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs);
        if (!next) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        void next.run();
      }
      nowMs = untilMs;
    },
  };
}
