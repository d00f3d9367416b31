// The rows of telemetry windows: their keys, in the order of time, and their contents as chunks of bytes. Pure.
import type { TableEntity } from '@azure/data-tables';
import type { DeviceState, OpenHour } from '../../telemetry/telemetry-store.ts';
import { hourMs, minuteMs } from '../../telemetry/window.ts';

/** Partitions beside those of the devices, whose ids have no exclamation mark. */
export const devicesPartition = '!devices';
export const openHoursPartition = '!open-hours';

export const deviceKey = 'device';

/** Of the first minute that does not start before this. */
export const minuteKey = (ms: number): string =>
  `minute-${new Date(Math.ceil(ms / minuteMs) * minuteMs).toISOString().slice(0, 16)}`;

/** Of the first hour that does not start before this. */
export const hourKey = (ms: number): string =>
  `hour-${new Date(Math.ceil(ms / hourMs) * hourMs).toISOString().slice(0, 13)}`;

/** The start a key stands for. */
export const startOf = (key: string): number => {
  const time = key.slice(key.indexOf('-') + 1);
  return Date.parse(time.length === 13 ? `${time}:00Z` : `${time}Z`);
};

export const openHourKey = (hour: number, deviceId: string): string => `${hourKey(hour)}_${deviceId}`;

export function openHourOf(key: string): Pick<OpenHour, 'deviceId' | 'hour'> {
  const end = key.indexOf('_');
  return { hour: startOf(key.slice(0, end)), deviceId: key.slice(end + 1) };
}

export type DeviceRow = {
  readonly newestAt: string;
  /** Their keys, one after the other with spaces between. */
  readonly openHours: string;
};

export const deviceEntity = (deviceId: string, { newestAt, openHours }: DeviceState): TableEntity<DeviceRow> => ({
  partitionKey: deviceId,
  rowKey: deviceKey,
  newestAt: new Date(newestAt).toISOString(),
  openHours: openHours.map(hourKey).join(' '),
});

export const deviceState = ({ newestAt, openHours }: DeviceRow): DeviceState => ({
  newestAt: Date.parse(newestAt),
  openHours: openHours.split(' ').filter(Boolean).map(startOf),
});

/** A binary property holds 64 KiB at the most [Table service limits]. */
const chunkBytes = 65_536;
const chunkName = (index: number): string => `bytes${String(index).padStart(2, '0')}`;

export function bytesEntity(partitionKey: string, rowKey: string, bytes: Uint8Array): TableEntity {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) => [
    chunkName(index),
    bytes.slice(index * chunkBytes, (index + 1) * chunkBytes),
  ]);
  return { partitionKey, rowKey, ...Object.fromEntries(chunks) };
}

export function bytesOf(row: Readonly<Record<string, unknown>>): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let chunk = row[chunkName(0)]; chunk instanceof Uint8Array; chunk = row[chunkName(chunks.length)]) {
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
