// How logs are laid out in the store. A row is what was sent together, under the number of its last event: a scan from a
// sequence number begins with the row that holds it, so that no index is needed.
import { putJson, decodeJson } from '../records/records.ts';
import type { Change } from '../turn.ts';

export const logSpaces = { events: 'broker.events', ends: 'broker.event-logs', hubs: 'broker.event-hubs' } as const;

/** Events as their receivers get them. */
export interface EventRow {
  readonly firstSequenceNumber: number;
  readonly enqueuedAtMs: number;
  readonly events: readonly Uint8Array[];
}

/** Empty when `firstSequenceNumber` is `nextSequenceNumber`. */
export interface LogEnds {
  /** The oldest event kept. */
  readonly firstSequenceNumber: number;
  /** Not later than when the oldest event came; of no meaning when there is none. */
  readonly firstEnqueuedAtMs: number;
  readonly nextSequenceNumber: number;
  /** Undefined until the first event came. */
  readonly lastEnqueuedAtMs: number | undefined;
}

export interface StoredRow {
  readonly key: string;
  readonly value: Uint8Array;
}

const sequenceDigits = 16;
const headBytes = 12;
const lengthBytes = 4;

export function lastSequenceNumber({ firstSequenceNumber, events }: EventRow): number {
  return firstSequenceNumber + events.length - 1;
}

/** Where a scan for an event begins; the scan ends before `logEndKey`. */
export function rowKey(logKey: string, sequenceNumber: number): string {
  return `${logKey}|${String(sequenceNumber).padStart(sequenceDigits, '0')}`;
}

/** Behind every row of the log: `~` comes after the digits. */
export function logEndKey(logKey: string): string {
  return `${logKey}|~`;
}

export function putRow(logKey: string, row: EventRow): Change {
  return { space: logSpaces.events, key: rowKey(logKey, lastSequenceNumber(row)), value: encodeRow(row) };
}

export function putEnds(logKey: string, ends: LogEnds): Change {
  return putJson(logSpaces.ends, logKey, ends);
}

export function decodeEnds(value: Uint8Array): LogEnds {
  return decodeJson(value) as LogEnds;
}

/** Time, count, a length for each event, the events. */
function encodeRow({ enqueuedAtMs, events }: EventRow): Uint8Array {
  const eventsAt = headBytes + events.length * lengthBytes;
  const value = new Uint8Array(events.reduce((sum, { length }) => sum + length, eventsAt));
  const view = new DataView(value.buffer);
  view.setFloat64(0, enqueuedAtMs);
  view.setUint32(8, events.length);
  let at = eventsAt;
  for (const [index, event] of events.entries()) {
    view.setUint32(headBytes + index * lengthBytes, event.length);
    value.set(event, at);
    at += event.length;
  }
  return value;
}

/** The events are views of `value`. */
export function decodeRow(key: string, value: Uint8Array): EventRow {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const count = view.getUint32(8);
  const events: Uint8Array[] = [];
  let at = headBytes + count * lengthBytes;
  for (let index = 0; index < count; index += 1) {
    const end = at + view.getUint32(headBytes + index * lengthBytes);
    events.push(value.subarray(at, end));
    at = end;
  }
  const last = Number(key.slice(-sequenceDigits));
  return { firstSequenceNumber: last - count + 1, enqueuedAtMs: view.getFloat64(0), events };
}
