// What was last written of the devices that send right now, so that the next batch need not read it again. It is a guess that
// the ETag of the next write proves or refutes; the number of devices and of samples in it is bounded.
import type { Span, StoredWindows, WindowsChange } from '../../telemetry/telemetry-store.ts';
import { minuteMs, minuteOf } from '../../telemetry/window.ts';

export interface KnownWindows {
  readonly stored: StoredWindows;
  readonly etag: string;
}

export interface RecentWindows {
  /** The windows of the span, undefined unless every one of them is known. */
  find(deviceId: string, span: Span): KnownWindows | undefined;
  keep(deviceId: string, change: WindowsChange, etag: string): void;
  forget(deviceId: string): void;
}

/** @param most devices and samples of each, at the most */
export function recentWindows(most = { devices: 1_000, samples: 300 }): RecentWindows {
  /** In the order of their last change. */
  const devices = new Map<string, KnownWindows>();
  return {
    find: (deviceId, span) => {
      const known = devices.get(deviceId);
      return known !== undefined && covers(known.stored, span) ? known : undefined;
    },
    keep: (deviceId, { device, minutes }, etag) => {
      devices.delete(deviceId);
      const samples = minutes.values().reduce((sum, each) => sum + each.length, 0);
      if (samples > most.samples) return;
      devices.set(deviceId, { stored: { device, minutes }, etag });
      const [oldest] = devices.keys();
      if (devices.size > most.devices && oldest !== undefined) devices.delete(oldest);
    },
    forget: (deviceId) => void devices.delete(deviceId),
  };
}

/** A minute after the device's newest reading is known too: it is empty. */
function covers({ device, minutes }: StoredWindows, { from, to }: Span): boolean {
  if (device === undefined) return false;
  for (let start = from; start < to; start += minuteMs) {
    if (!minutes.has(start) && start <= minuteOf(device.newestAt)) return false;
  }
  return true;
}
