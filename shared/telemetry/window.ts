// Tumbling windows by event time, one minute and one hour wide, and the readings of one of them: whatever order and however
// often readings come, the window holds each once.
import type { Reading } from './reading.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

/** Readings later than this behind the newest one of their device are late: until then a window may still fill. */
export const allowedLatenessMs = 2 * minuteMs;

export const minuteOf = (at: number): number => Math.floor(at / minuteMs) * minuteMs;
export const hourOf = (at: number): number => Math.floor(at / hourMs) * hourMs;

/** Everything before it has most likely come. Each device has a watermark of its own: no clock closes another's windows. */
export const watermarkOf = (newestAt: number): number => newestAt - allowedLatenessMs;

/** What a device measured at a time: a reading without the device's name. */
export type Sample = Omit<Reading, 'deviceId'>;

const identityOf = ({ sequence, at }: Sample): string => (sequence === undefined ? `@${at}` : `#${sequence}`);

/**
 * The samples of one minute with more of the same minute added, oldest first; the stored array itself when all were known.
 * A sequence number is a sample's identity within its minute: a device that counts from 0 again loses nothing.
 */
export function addSamples(stored: readonly Sample[], more: readonly Sample[]): readonly Sample[] {
  const samples = new Map(stored.map((sample) => [identityOf(sample), sample]));
  let isChanged = false;
  for (const sample of more) {
    const identity = identityOf(sample);
    const known = samples.get(identity);
    if (known !== undefined && compare(known, sample) <= 0) continue;
    samples.set(identity, sample);
    isChanged = true;
  }
  return isChanged ? [...samples.values()].toSorted(compare) : stored;
}

/** A total order, so that of two samples with one identity the same one stays, whichever came first. */
function compare(a: Sample, b: Sample): number {
  if (a.at !== b.at) return a.at - b.at;
  const bySequence = (a.sequence ?? -1) - (b.sequence ?? -1);
  if (bySequence !== 0) return bySequence;
  const [left, right] = [textOf(a), textOf(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

const textOf = ({ values }: Sample): string =>
  JSON.stringify(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1)));
