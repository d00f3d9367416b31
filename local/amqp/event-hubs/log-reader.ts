// Reads a log from one event on: the newest rows from memory, older ones from the store a page at a time.
import {
  type EventRow,
  decodeRow,
  lastSequenceNumber,
  logEndKey,
  logSpaces,
  rowKey,
} from '../../broker/logs/log-records.ts';
import type { PartitionLog } from '../../broker/logs/partition-log.ts';
import type { Store } from '../../store/store.ts';
import type { DurableLogs } from './durable-logs.ts';
import { firstPageRows, nextPageRows } from './page-rows.ts';

export interface LogReader {
  /** The next event, and moves on; undefined when there is none yet or a page is on its way. */
  next(): Buffer | undefined;
  isReading(): boolean;
}

export interface LogReaderOptions {
  readonly store: Store;
  readonly logs: DurableLogs;
  readonly log: PartitionLog;
  /** Sequence number of the first event. */
  readonly from: number;
  /** A page has come. */
  readonly onPage: () => void;
  /** The store cannot give what was asked for. */
  readonly onError: (error: unknown) => void;
}

export function createLogReader({ store, logs, log, from, onPage, onError }: LogReaderOptions): LogReader {
  let position = from;
  let rows: EventRow[] = [];
  let pageRows = firstPageRows;
  let isReading = false;

  async function readPage(): Promise<void> {
    isReading = true;
    const end = log.readable.nextSequenceNumber;
    try {
      const range = { from: rowKey(log.key, position), before: logEndKey(log.key), limit: pageRows };
      const page = await store.scan(logSpaces.events, range);
      pageRows = nextPageRows(page);
      rows = page.map(({ key, value }) => decodeRow(key, value));
      // All that was there has been dropped for its age.
      if (rows.length === 0) position = Math.max(position, end);
      isReading = false;
      onPage();
    } catch (error) {
      onError(error);
    }
  }

  /** The row of the next event. Rows that went by, or were dropped for their age, are skipped. */
  function row(): EventRow | undefined {
    while (rows[0] && lastSequenceNumber(rows[0]) < position) rows.shift();
    const [first = logs.newestRow(log, position)] = rows;
    if (first) return first;
    if (!isReading) void readPage();
    return undefined;
  }

  return {
    isReading: () => isReading,
    next() {
      position = Math.max(position, log.readable.firstSequenceNumber);
      if (position >= log.readable.nextSequenceNumber) return undefined;
      const found = row();
      if (!found) return undefined;
      position = Math.max(position, found.firstSequenceNumber);
      const event = found.events[position - found.firstSequenceNumber];
      // A row that the scan found is on disk, though not yet shown: its turn comes with the word that it is.
      if (!event || position >= log.readable.nextSequenceNumber) return undefined;
      position += 1;
      return Buffer.from(event.buffer, event.byteOffset, event.byteLength);
    },
  };
}

/** The row that holds an event, or the next one when that is gone. */
export async function readRow(store: Store, log: PartitionLog, sequenceNumber: number): Promise<EventRow | undefined> {
  const range = { from: rowKey(log.key, sequenceNumber), before: logEndKey(log.key), limit: 1 };
  const [found] = await store.scan(logSpaces.events, range);
  return found && decodeRow(found.key, found.value);
}
