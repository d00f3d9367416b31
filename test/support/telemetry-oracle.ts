// What windows must hold, counted the plain way from everything that was ever sent; shares nothing with the app.
export interface SentReading {
  readonly deviceId: string;
  readonly timestamp: string;
  readonly sequence?: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface OraclePoint {
  readonly start: string;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export function oraclePoints(
  sent: readonly SentReading[],
  deviceId: string,
  metric: string,
  lengthMs: number,
): OraclePoint[] {
  const distinct = new Map<string, SentReading>();
  for (const reading of sent) {
    if (reading.deviceId !== deviceId || reading.values[metric] === undefined) continue;
    distinct.set(reading.sequence === undefined ? reading.timestamp : `number ${reading.sequence}`, reading);
  }
  const windows = new Map<number, number[]>();
  for (const { timestamp, values } of distinct.values()) {
    const ms = Date.parse(timestamp);
    const start = ms - (ms % lengthMs);
    windows.set(start, [...(windows.get(start) ?? []), values[metric] ?? 0]);
  }
  return [...windows].toSorted(([a], [b]) => a - b).map(([start, values]) => summarise(start, values));
}

function summarise(start: number, values: readonly number[]): OraclePoint {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  /** The first value that at least this many percent do not exceed. */
  const percentile = (percent: number): number =>
    sorted.find((value) => sorted.filter((other) => other <= value).length * 100 >= percent * count) ?? Number.NaN;
  return {
    start: new Date(start).toISOString(),
    count,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    mean,
    stddev: Math.sqrt(variance),
    p50: percentile(50),
    p95: percentile(95),
    p99: percentile(99),
  };
}

/** The digits that may differ: sums are added up in another order. */
export const rounded = (points: readonly OraclePoint[]): OraclePoint[] =>
  points.map(({ start, count, min, max, mean, stddev, p50, p95, p99 }) => {
    const round = (value: number): number => Number(value.toPrecision(9));
    return { start, count, min, max, mean: round(mean), stddev: Number(stddev.toFixed(6)), p50, p95, p99 };
  });
