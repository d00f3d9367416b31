// One reading of a device. A reading is identified by device and sequence, without sequence by device and time.
import { reading } from '../contracts/telemetry.ts';
import type { DataOf } from '../kernel/cloud-event.ts';
import { AppError } from '../kernel/errors.ts';
import { parseWith } from '../kernel/schema.ts';

/** A reading as it stands in a request and on the hub. */
export type ReadingMessage = DataOf<typeof reading>;

export interface Reading {
  readonly deviceId: string;
  /** Event time in ms since 1970; a finer time is its fraction. */
  readonly at: number;
  readonly sequence?: number;
  readonly values: Readonly<Record<string, number>>;
}

/** A clock that is further ahead than this is wrong: its readings would close windows that still fill. */
export const mostAheadMs = 10 * 60_000;
/** How long windows are kept, and so open for late readings. */
export const retentionMs = 30 * 24 * 3_600_000;

/**
 * The reading that a value is, if it is one this system takes.
 * @param receivedAt when it was taken in, in ms: for an event of the hub when it was enqueued, so that a redelivery is judged
 *   as the first delivery was
 * @throws AppError invalid-reading, reading-from-the-future, reading-too-old
 */
export function toReading(value: unknown, receivedAt: number): Reading {
  const { deviceId, timestamp, sequence, values } = checkReading(value, receivedAt);
  return { deviceId, at: toMs(timestamp), ...(sequence === undefined ? {} : { sequence }), values };
}

/** The same checks, answering the message itself. @throws as toReading */
export function checkReading(value: unknown, receivedAt: number): ReadingMessage {
  const message = parseWith(reading.schema, value, 'invalid-reading', 'The reading');
  const at = toMs(message.timestamp);
  if (at > receivedAt + mostAheadMs) {
    const detail = `${message.timestamp} is more than ${mostAheadMs / 60_000} minutes ahead: set the device's clock`;
    throw new AppError('reading-from-the-future', detail);
  }
  if (at < receivedAt - retentionMs) {
    const detail = `${message.timestamp} is longer ago than windows are kept (${retentionMs / 86_400_000} days)`;
    throw new AppError('reading-too-old', detail);
  }
  return message;
}

/** The body of one event of the hub. @throws AppError invalid-reading and as toReading */
export function parseReading(body: Uint8Array, receivedAt: number): Reading {
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(body));
  } catch (cause) {
    throw new AppError('invalid-reading', 'The event is not JSON in UTF-8', { cause });
  }
  return toReading(json, receivedAt);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Date.parse drops what is finer than a millisecond; two readings within one are two readings. */
function toMs(timestamp: string): number {
  const finer = /\.\d{3}(\d+)/.exec(timestamp)?.[1];
  return Date.parse(timestamp) + (finer === undefined ? 0 : Number(`0.${finer}`));
}
