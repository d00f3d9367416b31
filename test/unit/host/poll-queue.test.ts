import { describe, expect, it } from 'vitest';
import { nextPauseMs } from '../../../local/host/storage-queue/poll-queue.ts';

describe('the pause between looks at an empty queue', () => {
  it('doubles, spread by a fifth', () => {
    expect(nextPauseMs(100, 60_000, () => 0)).toBeCloseTo(160);
    expect(nextPauseMs(100, 60_000, () => 0.5)).toBeCloseTo(200);
    expect(nextPauseMs(100, 60_000, () => 1)).toBeCloseTo(240);
  });

  it('is never longer than maxPollingInterval, nor shorter than 100 ms for it', () => {
    expect(nextPauseMs(50_000, 60_000)).toBe(60_000);
    expect(nextPauseMs(100, 0)).toBe(100);
  });
});
