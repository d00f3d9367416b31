// Readings into their windows. A unit of work is one hour of one device; a reading that is there already changes nothing, so
// batches may come again, overlap and be out of order.
import { forEachAtOnce } from '../kernel/for-each-at-once.ts';
import type { Reading } from './reading.ts';
import type { StoredWindows, TelemetryStore, WindowsChange } from './telemetry-store.ts';
import { addSamples, hourOf, minuteMs, minuteOf, type Sample } from './window.ts';

/** Devices whose windows are written at the same time. */
const devicesAtOnce = 16;

/** @throws AppError of the store: what was written until then stays and is recognised when the readings come again */
export async function aggregateReadings(store: TelemetryStore, readings: readonly Reading[]): Promise<void> {
  const byDevice = Map.groupBy(readings, ({ deviceId }) => deviceId);
  await forEachAtOnce(byDevice, devicesAtOnce, async ([deviceId, ofDevice]) => {
    for (const [hour, ofHour] of Map.groupBy(ofDevice, ({ at }) => hourOf(at))) {
      const starts = ofHour.map(({ at }) => minuteOf(at));
      const span = { from: Math.min(...starts), to: Math.max(...starts) + minuteMs };
      await store.change(deviceId, span, (stored) => addReadings(stored, hour, ofHour));
    }
  });
}

/** What the stored windows of an hour become with these readings of it; undefined when they had them all. */
export function addReadings(
  { device, minutes }: StoredWindows,
  hour: number,
  readings: readonly Reading[],
): WindowsChange | undefined {
  const changed = new Map<number, readonly Sample[]>();
  for (const [start, more] of Map.groupBy(readings, ({ at }) => minuteOf(at))) {
    const stored = minutes.get(start) ?? [];
    const samples = addSamples(stored, more);
    if (samples !== stored) changed.set(start, samples);
  }
  if (changed.size === 0) return undefined;
  const newestAt = Math.max(device?.newestAt ?? 0, ...readings.map(({ at }) => at));
  const openHours = device?.openHours ?? [];
  return {
    device: {
      newestAt,
      openHours: openHours.includes(hour) ? openHours : [...openHours, hour],
    },
    minutes: changed,
  };
}
