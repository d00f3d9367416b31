import { describe, expect, it } from 'vitest';
import { parseTimeSpan } from '../../../local/host/time-span.ts';

describe('time span', () => {
  it.each([
    ['00:00:02', 2_000],
    ['00:05:00', 300_000],
    ['1.02:03:04', 93_784_000],
    ['00:00:00.5', 500],
    ['24:00:00', 24 * 86_400_000],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseTimeSpan(text)).toBe(durationMs);
  });

  it.each(['', '5', '00:60:00', 'PT5M', '0 */5 * * * *'])('%j is none', (text) => {
    expect(parseTimeSpan(text)).toBeUndefined();
  });
});
