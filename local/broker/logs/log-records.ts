// How logs are laid out in the store. A row is what was sent together, under the number of its last event: a scan from a
// sequence number begins with the row that holds it, so that no index is needed.
import { putJson, decodeJson } from '../records/records.ts';
import type { Change } from '../turn.ts';
import type { Producer } from './producers.ts';

export const logSpaces = {
  events: 'broker.hub-events',
  ends: 'broker.hub-logs',
  hubs: 'broker.event-hubs',
  producers: 'broker.hub-producers',
} as const;

/** Events as their receivers get them. */
export interface EventRow {
  readonly firstSequenceNumber: number;
  /** Of the first event: bytes of the log before it. */
  readonly firstOffset: number;
  readonly enqueuedAtMs: number;
  readonly events: readonly Uint8Array[];
}

/** Empty when `firstSequenceNumber` is `nextSequenceNumber`. */
export interface LogEnds {
  /** The oldest event kept. */
  readonly firstSequenceNumber: number;
  readonly firstOffset: number;
  /** Not later than when the oldest event came; of no meaning when there is none. */
  readonly firstEnqueuedAtMs: number;
  readonly nextSequenceNumber: number;
  /** Bytes the log ever took; those it keeps begin with `firstOffset`. */
  readonly nextOffset: number;
  /** Of the newest event; -1 until the first came. */
  readonly lastOffset: number;
  /** Undefined until the first event came. */
  readonly lastEnqueuedAtMs: number | undefined;
}

export interface StoredRow {
  readonly key: string;
  readonly value: Uint8Array;
}

const sequenceDigits = 16;
const headBytes = 20;
const countAt = 16;
const lengthBytes = 4;

export function lastSequenceNumber({ firstSequenceNumber, events }: EventRow): number {
  return firstSequenceNumber + events.length - 1;
}

/** Bytes of the log before what comes behind the row. */
export function offsetBehind({ firstOffset, events }: EventRow): number {
  return events.reduce((sum, { length }) => sum + length, firstOffset);
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

export function putProducer(logKey: string, id: number, producer: Producer): Change {
  return putJson(logSpaces.producers, producerKey(logKey, id), producer);
}

export function producerKey(logKey: string, id: number): string {
  return `${logKey}|${id}`;
}

export function decodeProducer(key: string, value: Uint8Array): { logKey: string; id: number; producer: Producer } {
  const at = key.lastIndexOf('|');
  return { logKey: key.slice(0, at), id: Number(key.slice(at + 1)), producer: decodeJson(value) as Producer };
}

export function decodeEnds(value: Uint8Array): LogEnds {
  return decodeJson(value) as LogEnds;
}

/** Time, offset, count, a length for each event, the events. */
function encodeRow({ firstOffset, enqueuedAtMs, events }: EventRow): Uint8Array {
  const eventsAt = headBytes + events.length * lengthBytes;
  const value = new Uint8Array(events.reduce((sum, { length }) => sum + length, eventsAt));
  const view = new DataView(value.buffer);
  view.setFloat64(0, enqueuedAtMs);
  view.setFloat64(8, firstOffset);
  view.setUint32(countAt, events.length);
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
  const count = view.getUint32(countAt);
  const events: Uint8Array[] = [];
  let at = headBytes + count * lengthBytes;
  for (let index = 0; index < count; index += 1) {
    const end = at + view.getUint32(headBytes + index * lengthBytes);
    events.push(value.subarray(at, end));
    at = end;
  }
  const last = Number(key.slice(-sequenceDigits));
  return {
    firstSequenceNumber: last - count + 1,
    firstOffset: view.getFloat64(8),
    enqueuedAtMs: view.getFloat64(0),
    events,
  };
}
