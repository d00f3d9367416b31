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
  offsetBehind,
  producerKey,
  putEnds,
  putProducer,
  putRow,
  type StoredRow,
} from './log-records.ts';
import { afterBatch, type NumberedBatch, type Producer } from './producers.ts';

export interface PartitionLog {
  /** Key of its records. */
  readonly key: string;
  /** From '0' on. */
  readonly id: string;
  /** What is being written. */
  ends: LogEnds;
  /** What is on disk and may be read or told of. */
  readable: LogEnds;
  /** Those that number what they send, by id. */
  readonly producers: Map<number, Producer>;
}

/** What the broker says of an event beside what its sender wrote. */
export interface EventStamp {
  readonly sequenceNumber: number;
  /** Bytes of the log before it, as text. */
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

/** How long and how much each partition of a hub keeps. */
export interface Retention {
  readonly retentionMs: number;
  /** Beyond it the oldest events go. */
  readonly retentionBytes: number;
}

const emptyEnds: LogEnds = {
  firstSequenceNumber: 0,
  firstOffset: 0,
  firstEnqueuedAtMs: 0,
  nextSequenceNumber: 0,
  nextOffset: 0,
  lastOffset: -1,
  lastEnqueuedAtMs: undefined,
};

export function createPartitionLog(hubKey: string, index: number): PartitionLog {
  const id = String(index);
  return { key: `${hubKey}|${id.padStart(2, '0')}`, id, ends: emptyEnds, readable: emptyEnds, producers: new Map() };
}

/**
 * Numbers and stamps events that were sent together: at least one. The time never goes back, whatever the clock does.
 * The row may be read once `changes` are on disk: see `markReadable`.
 */
export function append(
  log: PartitionLog,
  events: readonly Uint8Array[],
  given: {
    readonly nowMs: number;
    readonly partitionKey: string | undefined;
    readonly encode: EncodeEvent;
    readonly batch?: NumberedBatch | undefined;
  },
): Appended {
  const { ends } = log;
  const firstSequenceNumber = ends.nextSequenceNumber;
  const enqueuedAtMs = Math.max(given.nowMs, ends.lastEnqueuedAtMs ?? 0);
  const firstOffset = ends.nextOffset;
  let { lastOffset, nextOffset } = ends;
  const encoded = events.map((raw, index) => {
    const stamp = { sequenceNumber: firstSequenceNumber + index, offset: String(nextOffset), enqueuedAtMs };
    const event = given.encode(raw, { ...stamp, partitionKey: given.partitionKey });
    lastOffset = nextOffset;
    nextOffset += event.length;
    return event;
  });
  const row = { firstSequenceNumber, firstOffset, enqueuedAtMs, events: encoded };
  log.ends = {
    firstSequenceNumber: ends.firstSequenceNumber,
    firstOffset: ends.firstOffset,
    firstEnqueuedAtMs: isEmpty(ends) ? enqueuedAtMs : ends.firstEnqueuedAtMs,
    nextSequenceNumber: firstSequenceNumber + events.length,
    nextOffset,
    lastOffset,
    lastEnqueuedAtMs: enqueuedAtMs,
  };
  const changes = [putRow(log.key, row), putEnds(log.key, log.ends)];
  return { row, changes: given.batch ? [...changes, noteBatch(log, given.batch)] : changes };
}

function noteBatch({ key, ends, producers }: PartitionLog, batch: NumberedBatch): Change {
  const producer = afterBatch(batch, ends.nextSequenceNumber - 1);
  producers.set(batch.id, producer);
  return putProducer(key, batch.id, producer);
}

export function hasExpired({ ends }: PartitionLog, nowMs: number, retention: Retention): boolean {
  return !isEmpty(ends) && isExpired(ends.firstEnqueuedAtMs, ends.firstOffset, { nowMs, ends, retention });
}

/** Drops the rows of a page, oldest first, that are too old or too much. */
export function dropExpired(
  log: PartitionLog,
  page: readonly StoredRow[],
  { nowMs, retention }: { readonly nowMs: number; readonly retention: Retention },
): readonly Change[] {
  const rows = page.map(({ key, value }) => ({ key, row: decodeRow(key, value) }));
  const by = { nowMs, ends: log.ends, retention };
  const keptAt = rows.findIndex(({ row }) => !isExpired(row.enqueuedAtMs, row.firstOffset, by));
  const expired = keptAt < 0 ? rows : rows.slice(0, keptAt);
  const newest = expired.at(-1);
  if (!newest) return [];
  log.ends = {
    ...log.ends,
    firstSequenceNumber: lastSequenceNumber(newest.row) + 1,
    firstOffset: offsetBehind(newest.row),
    firstEnqueuedAtMs: rows[keptAt]?.row.enqueuedAtMs ?? newest.row.enqueuedAtMs,
  };
  const deletions = expired.map(({ key }) => deleteRecord(logSpaces.events, key));
  return [...deletions, ...forgetProducers(log), putEnds(log.key, log.ends)];
}

/** Those of whom no event is kept. */
function forgetProducers({ key, ends, producers }: PartitionLog): Change[] {
  const gone = [...producers].filter(([, producer]) => producer.lastSequenceNumber < ends.firstSequenceNumber);
  return gone.map(([id]) => {
    producers.delete(id);
    return deleteRecord(logSpaces.producers, producerKey(key, id));
  });
}

export function isEmpty({ firstSequenceNumber, nextSequenceNumber }: LogEnds): boolean {
  return firstSequenceNumber === nextSequenceNumber;
}

function isExpired(
  enqueuedAtMs: number,
  offset: number,
  { nowMs, ends, retention }: { readonly nowMs: number; readonly ends: LogEnds; readonly retention: Retention },
): boolean {
  const { retentionMs, retentionBytes } = retention;
  return enqueuedAtMs + retentionMs <= nowMs || ends.nextOffset - offset > retentionBytes;
}
