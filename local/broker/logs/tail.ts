// The newest rows of a log, so that receivers who keep up never read from the store.
import { type EventRow, lastSequenceNumber } from './log-records.ts';

export interface Tail {
  /** In order, without a gap. */
  readonly rows: EventRow[];
  sizeBytes: number;
}

const maxBytes = 1024 * 1024;
/** What a row takes beside its events, about. */
const rowBytes = 200;

export function createTail(): Tail {
  return { rows: [], sizeBytes: 0 };
}

export function remember(tail: Tail, row: EventRow): void {
  tail.rows.push(row);
  tail.sizeBytes += sizeOf(row);
  while (tail.sizeBytes > maxBytes && tail.rows.length > 1) tail.sizeBytes -= sizeOf(tail.rows.shift() as EventRow);
}

/** The row that holds an event; undefined when it is not, or not any more, among the newest. */
export function rowInTail({ rows }: Tail, sequenceNumber: number): EventRow | undefined {
  const first = rows[0];
  if (!first || sequenceNumber < first.firstSequenceNumber) return undefined;
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lastSequenceNumber(rows[middle] as EventRow) < sequenceNumber) low = middle + 1;
    else high = middle;
  }
  const found = rows[low] as EventRow;
  return sequenceNumber <= lastSequenceNumber(found) ? found : undefined;
}

function sizeOf({ events }: EventRow): number {
  return events.reduce((sum, { length }) => sum + length, rowBytes);
}
