// Telemetry windows in memory, as exact as the real store is: a change is decided on the newest state and whole.
import type {
  DeviceState,
  HourWindow,
  OpenHour,
  Span,
  TelemetryStore,
  WindowsChange,
} from '../../shared/telemetry/telemetry-store.ts';
import type { Sample } from '../../shared/telemetry/window.ts';

interface Partition {
  state: DeviceState;
  readonly minutes: Map<number, readonly Sample[]>;
  readonly hours: Map<number, HourWindow>;
}

const within = <T>(windows: ReadonlyMap<number, T>, { from, to }: Span): [number, T][] =>
  [...windows].filter(([start]) => start >= from && start < to).toSorted(([a], [b]) => a - b);

export class MemoryTelemetry implements TelemetryStore {
  readonly partitions = new Map<string, Partition>();
  readonly marks = new Map<string, OpenHour>();
  writes = 0;
  /** Called before a decided change is written; what it throws stands for a crash. */
  beforeWrite: (deviceId: string, change: WindowsChange) => void | Promise<void> = () => {};

  readonly change: TelemetryStore['change'] = async (deviceId, span, decide) => {
    for (;;) {
      const device = this.partitions.get(deviceId)?.state;
      const change = decide({ device, minutes: new Map(within(this.minutesOf(deviceId), span)) });
      if (change === undefined) return false;
      for (const hour of change.device.openHours) {
        if (!device?.openHours.includes(hour)) this.mark(deviceId, hour);
      }
      await this.beforeWrite(deviceId, change);
      if (this.partitions.get(deviceId)?.state === device) {
        this.write(deviceId, change);
        return true;
      }
    }
  };

  readonly device: TelemetryStore['device'] = async (deviceId) => this.partitions.get(deviceId)?.state;

  async *minutes(deviceId: string, span: Span) {
    for (const [start, samples] of within(this.minutesOf(deviceId), span)) yield { start, samples };
  }

  async *hours(deviceId: string, span: Span) {
    for (const [, hour] of within(this.partitions.get(deviceId)?.hours ?? new Map<number, HourWindow>(), span))
      yield hour;
  }

  async *openHours(before: number) {
    yield* [...this.marks.values()].filter(({ hour }) => hour < before).toSorted((a, b) => a.hour - b.hour);
  }

  readonly forgetOpenHour: TelemetryStore['forgetOpenHour'] = async ({ deviceId, hour, version }) => {
    const key = `${hour} ${deviceId}`;
    if (this.marks.get(key)?.version === version) this.marks.delete(key);
  };

  readonly devices: TelemetryStore['devices'] = async () => ({
    items: [...this.partitions].map(([deviceId, { state }]) => ({
      deviceId,
      lastSeenAt: new Date(state.newestAt).toISOString(),
    })),
  });

  private minutesOf(deviceId: string): Map<number, readonly Sample[]> {
    return this.partitions.get(deviceId)?.minutes ?? new Map();
  }

  private mark(deviceId: string, hour: number): void {
    const key = `${hour} ${deviceId}`;
    const version = String(Number(this.marks.get(key)?.version ?? 0) + 1);
    this.marks.set(key, { deviceId, hour, version });
  }

  private write(deviceId: string, { device, minutes, hour }: WindowsChange): void {
    const partition = this.partitions.get(deviceId) ?? { state: device, minutes: new Map(), hours: new Map() };
    partition.state = { ...device };
    for (const [start, samples] of minutes) partition.minutes.set(start, samples);
    if (hour !== undefined) partition.hours.set(hour.start, hour);
    this.partitions.set(deviceId, partition);
    this.writes += 1;
  }
}
