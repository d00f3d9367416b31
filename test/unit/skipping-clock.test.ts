import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { skippingClock } from '../../local/testing/skipping-clock.ts';

const dayMs = 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a skipping clock', () => {
  it("goes on with the machine's, from where it starts", () => {
    const startMs = Date.now() + 100 * dayMs;
    const clock = skippingClock(startMs);
    const run = vi.fn<() => void>();
    clock.setTimer(startMs + 1_000, run);
    vi.advanceTimersByTime(999);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
    expect(clock.now()).toBe(startMs + 1_000);
  });

  it('cannot start in the past', () => {
    expect(() => skippingClock('2001-01-01')).toThrow("cannot start at '2001-01-01'");
    expect(() => skippingClock('no date')).toThrow("cannot start at 'no date'");
  });

  it('runs what is due in its order when time is skipped, and the rest at its time', () => {
    const clock = skippingClock();
    const startMs = clock.now();
    const ran: string[] = [];
    clock.setTimer(startMs + 3 * dayMs, () => void ran.push('third'));
    clock.setTimer(startMs + dayMs, () => void ran.push('first'));
    clock.setTimer(startMs + 2 * dayMs, () => void ran.push('second'));
    expect(clock.nextTimerMs()).toBe(startMs + dayMs);
    clock.skipTo(startMs + 2 * dayMs);
    expect(ran).toEqual(['first', 'second']);
    expect(clock.nextTimerMs()).toBe(startMs + 3 * dayMs);
    vi.advanceTimersByTime(dayMs);
    expect(ran).toEqual(['first', 'second', 'third']);
    expect(clock.nextTimerMs()).toBeUndefined();
  });

  it('runs a timer once, a cancelled one never, and never goes back', () => {
    const clock = skippingClock();
    const startMs = clock.now();
    const run = vi.fn<() => void>();
    const cancelled = vi.fn<() => void>();
    clock.setTimer(startMs + dayMs, run);
    const timer = clock.setTimer(startMs + dayMs, cancelled);
    timer.cancel();
    clock.skipTo(startMs + 2 * dayMs);
    clock.skipTo(startMs);
    vi.advanceTimersByTime(5 * dayMs);
    expect(run).toHaveBeenCalledOnce();
    expect(cancelled).not.toHaveBeenCalled();
    expect(clock.now()).toBe(startMs + 7 * dayMs);
  });

  it('a timer that one due before it cancels does not run', () => {
    const clock = skippingClock();
    const later = vi.fn<() => void>();
    clock.setTimer(clock.now() + 1_000, () => timer.cancel());
    const timer = clock.setTimer(clock.now() + 2_000, later);
    clock.skipTo(clock.now() + dayMs);
    expect(later).not.toHaveBeenCalled();
  });

  it('is busy until what a timer began has ended', async () => {
    const clock = skippingClock();
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.setTimer(clock.now() + dayMs, () => promise);
    clock.skipTo(clock.now() + dayMs);
    expect(clock.isBusy()).toBe(true);
    resolve();
    await promise;
    await vi.advanceTimersByTimeAsync(0);
    expect(clock.isBusy()).toBe(false);
  });
});
