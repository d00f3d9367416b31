import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statisticsByMetric, statisticsOf } from '../../../../shared/telemetry/statistics.ts';

test('the numbers of 1 to 100 are the known ones', () => {
  const values = Array.from({ length: 100 }, (_, n) => n + 1);
  expect(statisticsOf(values)).toEqual({
    count: 100,
    min: 1,
    max: 100,
    mean: 50.5,
    stddev: Math.sqrt(833.25),
    p50: 50,
    p95: 95,
    p99: 99,
  });
});

test('one value is every number of its window, without deviation', () => {
  expect(statisticsOf([0.1])).toEqual({
    count: 1,
    min: 0.1,
    max: 0.1,
    mean: 0.1,
    stddev: 0,
    p50: 0.1,
    p95: 0.1,
    p99: 0.1,
  });
});

test('whatever the values and their order, the numbers are finite, in order and the same', () => {
  const value = fc.double({ min: -1e150, max: 1e150, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), (values) => {
      const { count, min, p50, p95, p99, max, mean, stddev } = statisticsOf(values);
      expect(count).toBe(values.length);
      const ordered = [min, p50, p95, p99, max];
      expect(ordered.toSorted((a, b) => a - b)).toEqual(ordered);
      expect(mean).toBeGreaterThanOrEqual(min);
      expect(mean).toBeLessThanOrEqual(max);
      expect(stddev).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(stddev)).toBe(true);
      expect(statisticsOf(values.toReversed())).toEqual({ count, min, max, mean, stddev, p50, p95, p99 });
    }),
  );
});

test('each metric counts the samples that have it', () => {
  const samples = [
    { at: 1, values: { b: 1 } },
    { at: 2, values: { a: 2, b: 3 } },
  ];
  const counts = [...statisticsByMetric(samples)].map(([metric, { count }]) => [metric, count]);
  expect(counts).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});
