// Statistics of a window, from all its values: the same numbers in whatever order the values came.
import type { Sample } from './window.ts';

export interface Statistics {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the values as a whole population: 0 for one value. */
  readonly stddev: number;
  /** Percentiles by nearest rank: each is one of the values. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** @param values at least one, each finite */
export function statisticsOf(values: readonly number[]): Statistics {
  const sorted = Float64Array.from(values).toSorted();
  const count = sorted.length;
  const nth = (index: number): number => sorted[index] ?? Number.NaN;
  const rank = (percent: number): number => nth(Math.ceil((percent / 100) * count) - 1);
  const min = nth(0);
  const max = nth(count - 1);
  // The sum of what is beyond the smallest: a constant stays exactly itself, and a small spread on a large base keeps its digits.
  let beyond = 0;
  for (const value of sorted) beyond += value - min;
  const mean = Math.min(max, min + beyond / count);
  let squares = 0;
  for (const value of sorted) squares += (value - mean) ** 2;
  return { count, min, max, mean, stddev: Math.sqrt(squares / count), p50: rank(50), p95: rank(95), p99: rank(99) };
}

/** Every metric's statistics over all the samples, in the order of the names. */
export function statisticsByMetric(samples: Iterable<Sample>): Map<string, Statistics> {
  const valuesByMetric = new Map<string, number[]>();
  for (const { values } of samples) {
    for (const [metric, value] of Object.entries(values)) {
      const list = valuesByMetric.get(metric);
      if (list === undefined) valuesByMetric.set(metric, [value]);
      else list.push(value);
    }
  }
  const names = [...valuesByMetric.keys()].toSorted();
  return new Map(names.map((metric) => [metric, statisticsOf(valuesByMetric.get(metric) ?? [])]));
}
