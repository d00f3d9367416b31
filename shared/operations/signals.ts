// What is measured each minute, and from where on it is too much. infra/signals.json is the one table: the log alerts in Azure are
// made from it too.
import table from '../../infra/signals.json' with { type: 'json' };

export type SignalName = keyof typeof table;

interface Signal {
  readonly unit: 'ms' | 'count';
  /** A value above it is worth an alert. */
  readonly warnAbove: number;
  readonly title: string;
  /** What to do about it. */
  readonly advice: string;
}

export const signals = table as Readonly<Record<SignalName, Signal>>;

export const signalNames = Object.keys(table) as readonly SignalName[];

export interface Reading {
  readonly name: SignalName;
  /** What it was measured of, where there is more than one: a cause, `<hub>/<group>/<partition>`. */
  readonly subject?: string;
  readonly value: number;
}

export const isTooMuch = ({ name, value }: Reading): boolean => value > signals[name].warnAbove;

/** A value as people read it: "12", "3 min". */
export function valueText({ name, value }: Reading): string {
  if (signals[name].unit === 'count') return String(value);
  const [ms, unit] = spans.find(([spanMs]) => value >= spanMs) ?? spans[spans.length - 1] ?? [1, 'ms'];
  return `${Math.floor(value / ms)} ${unit}`;
}

const spans: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
  [1, 'ms'],
];

/** A reading as the API shows it. */
export const readingView = (reading: Reading) => {
  const { unit, warnAbove, title, advice } = signals[reading.name];
  const isHigh = isTooMuch(reading);
  return {
    ...reading,
    text: valueText(reading),
    unit,
    warnAbove,
    state: isHigh ? 'high' : 'ok',
    ...(isHigh ? { title, advice } : {}),
  } as const;
};

/** In words, for whoever is told. */
export const detailOf = (reading: Reading): string =>
  `${reading.subject === undefined ? '' : `${reading.subject}: `}${valueText(reading)}, above ${valueText({ ...reading, value: signals[reading.name].warnAbove })}`;
