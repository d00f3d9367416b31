import { ask, post } from './ask.ts';

export interface Device {
  readonly deviceId: string;
  readonly lastSeenAt?: string;
}

export interface Reading {
  readonly deviceId: string;
  readonly timestamp: string;
  readonly sequence: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface Point {
  readonly start: string;
  readonly metric: string;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly final: boolean;
}

export const sendReadings = (readings: readonly Reading[]) =>
  ask<{ accepted: number; rejected: readonly { index: number; code: string }[] }>('/api/v1/telemetry', post(readings));

/** The minutes of the device's last hour, of all its metrics. */
export const points = (deviceId: string) =>
  ask<{ points: Point[] }>(`/api/v1/telemetry/devices/${encodeURIComponent(deviceId)}?interval=1m`);
