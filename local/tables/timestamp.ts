// Points in time with Azure's 100 ns: always seven decimals and Z, so that the order of the texts is the order in time.
import type { Clock } from '../clock.ts';

const PATTERN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,7})\d*)?)?(Z|[+-]\d\d:\d\d)?$/;
const EARLIEST = '1601-01-01T00:00:00.0000000Z';
const TICKS_PER_MS = 10_000;

/** @returns the canonical text, or undefined for what is no point in time of Azure's range (1601 to 9999). */
export function parseTimestamp(text: string): string | undefined {
  const [, minutes, seconds = '00', fraction = '', zone = 'Z'] = PATTERN.exec(text) ?? [];
  if (minutes === undefined) return undefined;
  const wholeSecondsMs = Date.parse(`${minutes}:${seconds}${zone}`);
  if (Number.isNaN(wholeSecondsMs)) return undefined;
  const canonical = `${new Date(wholeSecondsMs).toISOString().slice(0, 19)}.${fraction.padEnd(7, '0')}Z`;
  return canonical.length === EARLIEST.length && canonical >= EARLIEST ? canonical : undefined;
}

/** As the service writes DateTime values: without trailing zeros. */
export function shortTimestamp(canonical: string): string {
  return canonical.replace(/\.?0+Z$/, 'Z');
}

/** A source of timestamps no two of which are equal, so that an ETag made of one is never used twice. */
export function createTimestamps(clock: Pick<Clock, 'now'>): () => string {
  let lastMs = 0;
  let ticks = 0;
  return () => {
    const nowMs = clock.now();
    ticks = nowMs > lastMs ? 0 : ticks + 1;
    lastMs = Math.max(nowMs, lastMs) + Math.floor(ticks / TICKS_PER_MS);
    ticks %= TICKS_PER_MS;
    return `${new Date(lastMs).toISOString().slice(0, -1)}${String(ticks).padStart(4, '0')}Z`;
  };
}

/** The ETag of an entity written at that time. */
export function etagOf(timestamp: string): string {
  return `W/"datetime'${encodeURIComponent(timestamp)}'"`;
}
