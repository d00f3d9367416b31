// Where windows are kept. Everything of a device changes under one lock (the version of its state), so that a change is whole
// or not there, and two that meet are decided one after the other.
import type { Statistics } from './statistics.ts';
import type { Sample } from './window.ts';

export interface DeviceState {
  /** Event time of its newest reading, in ms. */
  readonly newestAt: number;
  /** Hours (their start, in ms) with readings that no roll-up has seen yet. */
  readonly openHours: readonly number[];
}

export interface StoredWindows {
  /** Undefined for a device never heard of. */
  readonly device: DeviceState | undefined;
  /** Minutes of the span that have samples, by their start. */
  readonly minutes: ReadonlyMap<number, readonly Sample[]>;
}

export interface HourWindow {
  readonly start: number;
  readonly statistics: ReadonlyMap<string, Statistics>;
}

export interface WindowsChange {
  readonly device: DeviceState;
  /** The minutes to write; the others stay. */
  readonly minutes: ReadonlyMap<number, readonly Sample[]>;
  readonly hour?: HourWindow;
}

/** Start inclusive, end exclusive, in ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** An hour that waits for its roll-up. */
export interface OpenHour {
  readonly deviceId: string;
  readonly hour: number;
  /** Of the store: which mark this is. */
  readonly version: string;
}

export interface DeviceSummary {
  readonly deviceId: string;
  readonly lastSeenAt?: string;
}

export interface TelemetryStore {
  /**
   * Reads the device and the minutes of the span, decides, writes; decides again when another writer was quicker. An hour
   * that opens is marked before the change is written. Answers whether there was anything to change.
   * @param span within one hour
   * @throws AppError window-full, concurrent-change, storage-unavailable
   */
  change(deviceId: string, span: Span, decide: (stored: StoredWindows) => WindowsChange | undefined): Promise<boolean>;
  device(deviceId: string): Promise<DeviceState | undefined>;
  /** In the order of their starts. */
  minutes(deviceId: string, span: Span): AsyncIterable<{ readonly start: number; readonly samples: readonly Sample[] }>;
  /** Rolled-up hours, in the order of their starts. */
  hours(deviceId: string, span: Span): AsyncIterable<HourWindow>;
  /** Marks of hours that start before this, oldest first. */
  openHours(before: number): AsyncIterable<OpenHour>;
  /** Takes the mark away unless it was renewed since. */
  forgetOpenHour(mark: OpenHour): Promise<void>;
  devices(page: {
    readonly limit: number;
    readonly continuation?: string | undefined;
  }): Promise<{ readonly items: readonly DeviceSummary[]; readonly continuation?: string }>;
}
