// Lets time pass in a test: from timer to timer, each only when nothing is going on any more. The model is Temporal's test
// server that skips time: https://docs.temporal.io/develop/typescript/testing-suite#time-skipping
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Activity } from './activity.ts';
import type { SkippingClock } from './skipping-clock.ts';

export interface PassingTimeOptions {
  readonly clock: Clock | SkippingClock;
  readonly activity: Activity;
  /** Something is in the hands of somebody: an invocation, a delivery. */
  readonly isBusy: () => boolean;
}

export interface PassingTime {
  /** Lets time pass until `reached` answers true; false: nothing that is due by then brings it about. */
  until(reached: () => Promise<boolean>, withinMs: number): Promise<boolean>;
  /** Lets time pass until nothing more is due within this time. @throws Error when the clock does not skip */
  untilIdle(withinMs: number): Promise<void>;
  /** Lets exactly this much pass. @throws Error when the clock does not skip */
  skip(durationMs: number): Promise<void>;
}

/** What is on its way through a socket of this process has arrived by then. */
const quietMs = 5;
const quietTurns = 10;
/** What this clock does not move, as a storage queue that is polled, is given so long to do something. */
const realPatienceMs = 3_000;
const pollMs = 5;

export function createPassingTime({ clock, activity, isBusy }: PassingTimeOptions): PassingTime {
  /** Resolves when nothing has been begun, and nothing was under way, for some turns of the event loop. */
  async function quiet(isHeldUp: () => boolean): Promise<void> {
    let begun = -1;
    let sinceMs = 0;
    for (let turns = 0; turns < quietTurns || performance.now() - sinceMs < quietMs; turns += 1) {
      const isAtWork = activity.isBusy() || (isSkipping(clock) && clock.isBusy()) || isHeldUp();
      if (isAtWork || activity.begun() !== begun) {
        begun = activity.begun();
        sinceMs = performance.now();
        turns = 0;
      }
      await (isAtWork ? delay(1) : setImmediate());
    }
  }

  /** Most timers are followed by nothing. */
  async function followUp(begunBefore: number, isHeldUp: () => boolean): Promise<void> {
    await setImmediate();
    await setImmediate();
    if (activity.begun() !== begunBefore || (isSkipping(clock) && clock.isBusy())) await quiet(isHeldUp);
  }

  function needSkipping(): SkippingClock {
    if (isSkipping(clock)) return clock;
    throw new Error('Only a skipping clock can skip: startLocal({ clock: skippingClock() }).');
  }

  async function skipOver(passed: SkippingClock, untilMs: number, isHeldUp: () => boolean): Promise<boolean> {
    const nextMs = passed.nextTimerMs();
    if (nextMs === undefined || nextMs > untilMs) return false;
    const begun = activity.begun();
    passed.skipTo(nextMs);
    await followUp(begun, isHeldUp);
    return true;
  }

  return {
    async until(reached, withinMs) {
      const untilMs = clock.now() + withinMs;
      let stuckSinceMs: number | undefined;
      if (isSkipping(clock)) await quiet(isBusy);
      while (!(await reached())) {
        if (clock.now() > untilMs) return false;
        if (!isSkipping(clock)) await delay(pollMs);
        else if (await skipOver(clock, untilMs, isBusy)) stuckSinceMs = undefined;
        else {
          stuckSinceMs ??= performance.now();
          if (performance.now() - stuckSinceMs > realPatienceMs) return false;
          await delay(pollMs);
          await quiet(isBusy);
        }
      }
      return true;
    },
    async untilIdle(withinMs) {
      const skipping = needSkipping();
      const untilMs = clock.now() + withinMs;
      await quiet(isBusy);
      while (await skipOver(skipping, untilMs, isBusy));
    },
    async skip(durationMs) {
      const skipping = needSkipping();
      const untilMs = clock.now() + durationMs;
      // Not `isBusy`: a test may hold a message and want its lock to run out.
      await quiet(() => false);
      while (await skipOver(skipping, untilMs, () => false));
      skipping.skipTo(untilMs);
      await quiet(() => false);
    },
  };
}

function isSkipping(clock: Clock | SkippingClock): clock is SkippingClock {
  return 'skipTo' in clock;
}
