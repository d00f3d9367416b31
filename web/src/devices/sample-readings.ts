// Half an hour of a room's air, a reading every ten seconds: something to look at without a device.
import type { Reading } from '../api/telemetry.ts';

const everyMs = 10_000;
const lastsMs = 30 * 60_000;

/** @param until time of the last reading, ms since 1970: its multiple of ten seconds, so that sent again it counts once */
export function sampleReadings(deviceId: string, until: number): Reading[] {
  const last = Math.floor(until / everyMs);
  return Array.from({ length: lastsMs / everyMs }, (_, ago) => {
    const sequence = last - ago;
    const hour = (sequence * everyMs) / 3_600_000;
    const wave = Math.sin(hour * 2 * Math.PI * 3);
    const draught = Math.sin(sequence * 12.9898) * 0.6;
    return {
      deviceId,
      timestamp: new Date(sequence * everyMs).toISOString(),
      sequence,
      values: {
        temperature: Math.round((21 + 2 * wave + draught) * 100) / 100,
        humidity: Math.round((48 - 6 * wave - 3 * draught) * 100) / 100,
      },
    };
  }).toReversed();
}
