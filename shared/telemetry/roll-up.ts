// Finished hours out of their minutes, from all their readings: percentiles too are exact. A roll-up that is repeated writes the
// same again; a late reading opens its hour again.
import { toAppError, type AppError } from '../kernel/errors.ts';
import { statisticsByMetric } from './statistics.ts';
import type { OpenHour, StoredWindows, TelemetryStore, WindowsChange } from './telemetry-store.ts';
import { allowedLatenessMs, hourMs } from './window.ts';

/**
 * Rolls up every marked hour that is over. Answers how many.
 * @param giveUp told of an hour that cannot be rolled up; its mark stays and the others go on
 * @throws AppError transient ones
 */
export async function rollUpHours(
  store: TelemetryStore,
  now: number,
  giveUp: (hour: OpenHour, error: AppError) => void,
): Promise<number> {
  let count = 0;
  for await (const mark of store.openHours(now - allowedLatenessMs - hourMs)) {
    const { deviceId, hour } = mark;
    try {
      const span = { from: hour, to: hour + hourMs };
      // Without its device the readings of the mark are still on their way, now or when the hub delivers them again.
      if (!(await store.change(deviceId, span, (stored) => rollUp(stored, hour)))) continue;
      await store.forgetOpenHour(mark);
      count += 1;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.kind === 'transient') throw error;
      giveUp(mark, error);
    }
  }
  return count;
}

/**
 * Writes also when nothing seems left to do: whoever marked the hour and has not written its readings yet then finds the
 * device changed, and marks it again.
 */
export function rollUp({ device, minutes }: StoredWindows, hour: number): WindowsChange | undefined {
  if (device === undefined) return undefined;
  return {
    device: { ...device, openHours: device.openHours.filter((open) => open !== hour) },
    minutes: new Map(),
    hour: { start: hour, statistics: statisticsByMetric([...minutes.values()].flat()) },
  };
}
