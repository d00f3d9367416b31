import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../local/clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('runs a timer at its time, not before', () => {
  const run = vi.fn<() => void>();
  systemClock.setTimer(systemClock.now() + 1_000, run);
  vi.advanceTimersByTime(999);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledOnce();
});

it('waits longer than setTimeout can', () => {
  const run = vi.fn<() => void>();
  const days = 24 * 3_600_000;
  systemClock.setTimer(systemClock.now() + 60 * days, run);
  vi.advanceTimersByTime(59 * days);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(days);
  expect(run).toHaveBeenCalledOnce();
});

it('runs a timer of the past on the next turn, and a cancelled one never', () => {
  const run = vi.fn<() => void>();
  const cancelled = vi.fn<() => void>();
  systemClock.setTimer(0, run);
  systemClock.setTimer(systemClock.now() + 50 * 24 * 3_600_000, cancelled).cancel();
  expect(run).not.toHaveBeenCalled();
  vi.runAllTimers();
  expect(run).toHaveBeenCalledOnce();
  expect(cancelled).not.toHaveBeenCalled();
});
