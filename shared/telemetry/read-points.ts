// A device's windows as points of a chart: minutes from their readings, hours from the roll-up or, while one is open, from its
// readings too.
import { AppError } from '../kernel/errors.ts';
import { type Statistics, statisticsByMetric } from './statistics.ts';
import type { Span, TelemetryStore } from './telemetry-store.ts';
import { hourMs, minuteMs, type Sample, watermarkOf } from './window.ts';

export const intervals = ['1m', '1h'] as const;
export type Interval = (typeof intervals)[number];

interface IntervalLimits {
  readonly lengthMs: number;
  readonly defaultSpanMs: number;
  readonly longestSpanMs: number;
}

const limitsOf: Readonly<Record<Interval, IntervalLimits>> = {
  '1m': { lengthMs: minuteMs, defaultSpanMs: hourMs, longestSpanMs: 24 * hourMs },
  '1h': { lengthMs: hourMs, defaultSpanMs: 24 * hourMs, longestSpanMs: 31 * 24 * hourMs },
};

export interface PointsQuery {
  readonly deviceId: string;
  /** All of the device's metrics without it. */
  readonly metric?: string | undefined;
  /** Default: an hour of minutes, a day of hours before `to`. */
  readonly from?: number | undefined;
  /** Default: after the newest reading, or as far from `from` as it may be. */
  readonly to?: number | undefined;
  readonly interval: Interval;
}

export interface Point extends Statistics {
  readonly start: string;
  readonly metric: string;
  /** Nothing more is expected: the device's readings have passed the window's end by the allowed lateness. */
  readonly final: boolean;
}

/** Points of windows that start in the span, in order; none for a device never heard of. @throws AppError invalid-request */
export async function readPoints(store: TelemetryStore, query: PointsQuery): Promise<Point[]> {
  const { interval, metric } = query;
  const { lengthMs } = limitsOf[interval];
  // The device is read first: an hour that it says is closed is rolled up when the hours are read.
  const device = await store.device(query.deviceId);
  const span = spanOf(query, device?.newestAt ?? 0);
  if (device === undefined) return [];
  const windows =
    interval === '1m' ? readMinutes(store, query.deviceId, span) : readHours(store, query, span, device.openHours);
  const points: Point[] = [];
  for await (const [start, statistics] of windows) {
    const final = start + lengthMs <= watermarkOf(device.newestAt);
    for (const [name, values] of statistics) {
      if (metric !== undefined && metric !== name) continue;
      points.push({ start: new Date(start).toISOString(), metric: name, ...values, final });
    }
  }
  return points.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}

type Window = readonly [start: number, statistics: ReadonlyMap<string, Statistics>];

async function* readMinutes(store: TelemetryStore, deviceId: string, span: Span): AsyncIterable<Window> {
  for await (const { start, samples } of store.minutes(deviceId, span)) yield [start, statisticsByMetric(samples)];
}

async function* readHours(
  store: TelemetryStore,
  { deviceId }: PointsQuery,
  span: Span,
  openHours: readonly number[],
): AsyncIterable<Window> {
  for await (const { start, statistics } of store.hours(deviceId, span)) {
    if (!openHours.includes(start)) yield [start, statistics];
  }
  for (const hour of openHours.filter((open) => open >= span.from && open < span.to)) {
    const samples: Sample[] = [];
    for await (const minute of store.minutes(deviceId, { from: hour, to: hour + hourMs })) {
      for (const sample of minute.samples) samples.push(sample);
    }
    yield [hour, statisticsByMetric(samples)];
  }
}

function spanOf({ from, to, interval }: PointsQuery, newestAt: number): Span {
  const { lengthMs, defaultSpanMs, longestSpanMs } = limitsOf[interval];
  const newest = newestAt + 1;
  const end = to ?? (from === undefined ? newest : Math.max(from, Math.min(newest, from + longestSpanMs)));
  const start = from ?? Math.floor((end - defaultSpanMs) / lengthMs) * lengthMs;
  if (end < start) throw invalidSpan('to', 'must not be before from');
  if (end - start > longestSpanMs) {
    throw invalidSpan(
      'from',
      `with interval ${interval} from and to are ${longestSpanMs / hourMs} hours apart at most`,
    );
  }
  return { from: start, to: end };
}

const invalidSpan = (pointer: string, detail: string): AppError =>
  new AppError('invalid-request', `The query is not valid: ${pointer} ${detail}`, {
    errors: [{ pointer, code: 'invalid_span', detail }],
  });
