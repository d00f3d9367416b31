import { expect, test } from 'vitest';
import { sampleReadings } from '../../../web/src/devices/sample-readings.ts';

const noon = Date.parse('2026-05-04T12:00:00Z');

test('samples are half an hour of readings, ten seconds apart, oldest first, none later than asked', () => {
  const times = sampleReadings('room-1', noon + 4_321).map(({ timestamp }) => Date.parse(timestamp));
  expect(times).toHaveLength(180);
  expect(times.at(-1)).toBe(noon);
  expect(times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) === 10_000)).toBe(true);
});

test('a reading has the same sequence and values whenever it is made', () => {
  const [first, later] = [sampleReadings('room-1', noon), sampleReadings('room-1', noon + 60_000)];
  expect(later.slice(0, -6)).toEqual(first.slice(6));
});
