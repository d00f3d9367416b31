// One partition of an event hub: events in the order they came in, numbered without a gap, dropped when they are old.
// The log knows its two ends; the events stand in the store, in rows of what was sent together.
import { deleteRecord } from '../records/records.ts';
import type { Change } from '../turn.ts';
import {
  decodeRow,
  type EventRow,
  lastSequenceNumber,
  type LogEnds,
  logSpaces,
  putEnds,
  putRow,
  type StoredRow,
} from './log-records.ts';

export interface PartitionLog {
  /** Key of its records. */
  readonly key: string;
  /** From '0' on. */
  readonly id: string;
  /** What is being written. */
  ends: LogEnds;
  /** What is on disk and may be read or told of. */
  readable: LogEnds;
}

/** What the broker says of an event beside what its sender wrote. */
export interface EventStamp {
  readonly sequenceNumber: number;
  readonly offset: string;
  readonly enqueuedAtMs: number;
  readonly partitionKey: string | undefined;
}

/** The wire format: an event as its receivers will get it. */
export type EncodeEvent = (raw: Uint8Array, stamp: EventStamp) => Uint8Array;

export interface Appended {
  readonly row: EventRow;
  readonly changes: readonly Change[];
}

const emptyEnds: LogEnds = {
  firstSequenceNumber: 0,
  firstEnqueuedAtMs: 0,
  nextSequenceNumber: 0,
  lastEnqueuedAtMs: undefined,
};

export function createPartitionLog(hubKey: string, index: number): PartitionLog {
  const id = String(index);
  return { key: `${hubKey}|${id.padStart(2, '0')}`, id, ends: emptyEnds, readable: emptyEnds };
}

/**
 * Numbers and stamps events that were sent together: at least one. The time never goes back, whatever the clock does.
 * The row may be read once `changes` are on disk: see `markReadable`.
 */
export function append(
  log: PartitionLog,
  events: readonly Uint8Array[],
  given: { readonly nowMs: number; readonly partitionKey: string | undefined; readonly encode: EncodeEvent },
): Appended {
  const { ends } = log;
  const firstSequenceNumber = ends.nextSequenceNumber;
  const enqueuedAtMs = Math.max(given.nowMs, ends.lastEnqueuedAtMs ?? 0);
  const encoded = events.map((raw, index) => {
    const sequenceNumber = firstSequenceNumber + index;
    const offset = offsetOf(sequenceNumber);
    return given.encode(raw, { sequenceNumber, offset, enqueuedAtMs, partitionKey: given.partitionKey });
  });
  const row = { firstSequenceNumber, enqueuedAtMs, events: encoded };
  log.ends = {
    firstSequenceNumber: ends.firstSequenceNumber,
    firstEnqueuedAtMs: isEmpty(ends) ? enqueuedAtMs : ends.firstEnqueuedAtMs,
    nextSequenceNumber: firstSequenceNumber + events.length,
    lastEnqueuedAtMs: enqueuedAtMs,
  };
  return { row, changes: [putRow(log.key, row), putEnds(log.key, log.ends)] };
}

/** Drops the rows of a page, oldest first, that came `retentionMs` ago or earlier. */
export function dropExpired(
  log: PartitionLog,
  page: readonly StoredRow[],
  { nowMs, retentionMs }: { readonly nowMs: number; readonly retentionMs: number },
): readonly Change[] {
  const rows = page.map(({ key, value }) => ({ key, row: decodeRow(key, value) }));
  const keptAt = rows.findIndex(({ row }) => row.enqueuedAtMs + retentionMs > nowMs);
  const expired = keptAt < 0 ? rows : rows.slice(0, keptAt);
  const newest = expired.at(-1);
  if (!newest) return [];
  log.ends = {
    ...log.ends,
    firstSequenceNumber: lastSequenceNumber(newest.row) + 1,
    firstEnqueuedAtMs: rows[keptAt]?.row.enqueuedAtMs ?? newest.row.enqueuedAtMs,
  };
  const deletions = expired.map(({ key }) => deleteRecord(logSpaces.events, key));
  return [...deletions, putEnds(log.key, log.ends)];
}

export function isEmpty({ firstSequenceNumber, nextSequenceNumber }: LogEnds): boolean {
  return firstSequenceNumber === nextSequenceNumber;
}

/** Differs from Azure: an event's offset is its sequence number; there it is a place in the partition. Both are text to clients. */
export function offsetOf(sequenceNumber: number): string {
  return String(sequenceNumber);
}
