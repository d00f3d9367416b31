import { expect, test } from 'vitest';
import { aggregateReadings } from '../../../../shared/telemetry/aggregate-readings.ts';
import { type PointsQuery, readPoints } from '../../../../shared/telemetry/read-points.ts';
import { hourMs, minuteMs } from '../../../../shared/telemetry/window.ts';
import { MemoryTelemetry } from '../../../support/memory-telemetry.ts';

const begin = Date.UTC(2030, 0, 1);
const store = new MemoryTelemetry();
const readings = Array.from({ length: 3 * 24 * 60 }, (_, n) => ({
  deviceId: 'd',
  at: begin + n * minuteMs,
  values: { a: n, b: -n },
}));
await aggregateReadings(store, readings);
const end = begin + readings.length * minuteMs;

const starts = async (query: Partial<PointsQuery>): Promise<string[]> =>
  (await readPoints(store, { deviceId: 'd', metric: 'a', interval: '1m', ...query })).map(({ start }) => start);

test('from is inclusive, to exclusive, by the start of the window', async () => {
  expect(await starts({ from: begin + minuteMs, to: begin + 3 * minuteMs })).toEqual([
    '2030-01-01T00:01:00.000Z',
    '2030-01-01T00:02:00.000Z',
  ]);
  expect(await starts({ from: begin + minuteMs + 1, to: begin + 3 * minuteMs + 1 })).toEqual([
    '2030-01-01T00:02:00.000Z',
    '2030-01-01T00:03:00.000Z',
  ]);
  expect(await starts({ interval: '1h', from: begin, to: begin + 2 * hourMs })).toHaveLength(2);
});

test('without a span it is the last hour of minutes, the last day of hours', async () => {
  const minutes = await starts({});
  expect(minutes.length).toBeGreaterThanOrEqual(60);
  expect(minutes.length).toBeLessThanOrEqual(61);
  expect(minutes.at(-1)).toBe(new Date(end - minuteMs).toISOString());
  const hours = await starts({ interval: '1h' });
  expect(hours.length).toBeGreaterThanOrEqual(24);
  expect(hours.length).toBeLessThanOrEqual(25);
});

test('from alone goes as far as a span may be', async () => {
  expect(await starts({ from: begin })).toHaveLength(24 * 60);
});

test('a span that is too long is refused with its limit', async () => {
  const tooLong = starts({ from: begin, to: begin + 24 * hourMs + 1 });
  await expect(tooLong).rejects.toMatchObject({ code: 'invalid-request', errors: [{ pointer: 'from' }] });
  await expect(tooLong).rejects.toThrow('24 hours');
  await expect(starts({ from: begin + 1, to: begin })).rejects.toMatchObject({ errors: [{ pointer: 'to' }] });
});

test('without a metric there is a point for each, named', async () => {
  const points = await readPoints(store, { deviceId: 'd', interval: '1m', from: begin, to: begin + minuteMs });
  expect(points.map(({ metric }) => metric)).toEqual(['a', 'b']);
});

test('a metric or a device never heard of has no points', async () => {
  expect(await starts({ metric: 'none' })).toEqual([]);
  expect(await starts({ deviceId: 'none' })).toEqual([]);
});
