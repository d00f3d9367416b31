// Where a receiver wants to begin, as its selector filter says.
// https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide
import { BrokerError } from '../errors.ts';
import { type EventRow, type LogEnds, offsetBehind } from './log-records.ts';

export type Position =
  | { readonly kind: 'latest' }
  | {
      /** Time in milliseconds. */
      readonly kind: 'offset' | 'sequence number' | 'enqueued time';
      readonly value: number;
      readonly isInclusive: boolean;
    };

type Place = Exclude<Position, { kind: 'latest' }>;

const selector = /^\s*amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time)\s*(>=?)\s*'([^']*)'\s*$/;

/** Without a selector, the first event. @throws BrokerError invalid-argument */
export function parsePosition(text: string | undefined): Position {
  if (text === undefined) return { kind: 'offset', value: -1, isInclusive: false };
  const [, annotation, operator, given = ''] = selector.exec(text) ?? [];
  if (annotation === undefined)
    throw new BrokerError('invalid-argument', `The selector filter '${text}' is not known.`);
  if (annotation === 'offset' && given === '@latest') return { kind: 'latest' };
  const kind = annotation.replace('-', ' ') as Place['kind'];
  const value = Number(given);
  if (given.trim() === '' || !Number.isSafeInteger(value))
    throw new BrokerError('invalid-argument', `The supplied ${kind} '${given}' is invalid.`);
  return { kind, value, isInclusive: operator === '>=' };
}

/** Number of the first event to read, or undefined when only the events can tell: see `findStart`. @throws BrokerError invalid-argument */
export function startOf(position: Position, ends: LogEnds): number | undefined {
  const { firstSequenceNumber, nextSequenceNumber } = ends;
  if (position.kind === 'latest') return nextSequenceNumber;
  if (position.kind === 'sequence number') {
    const from = position.isInclusive ? position.value : position.value + 1;
    if (from > nextSequenceNumber) throw beyondEnd(position, nextSequenceNumber - 1);
    return Math.max(from, firstSequenceNumber);
  }
  const [first, last] = valuesAtEnds(position, ends);
  if (position.kind === 'offset' && position.value > last) throw beyondEnd(position, last);
  if (firstSequenceNumber === nextSequenceNumber || isBefore(last, position)) return nextSequenceNumber;
  return isBefore(first, position) ? undefined : firstSequenceNumber;
}

/** The first event at or behind a place. `rowAt` gives the row that holds a number, or the next one when that is gone. */
export async function findStart(
  position: Position,
  ends: LogEnds,
  rowAt: (sequenceNumber: number) => Promise<EventRow | undefined>,
): Promise<number> {
  let from = ends.firstSequenceNumber;
  let before = ends.nextSequenceNumber;
  let found: EventRow | undefined;
  while (from < before && position.kind !== 'latest') {
    const row = await rowAt(from + Math.floor((before - from) / 2));
    if (!row) break;
    if (isBefore(lastValue(row, position), position)) from = row.firstSequenceNumber + row.events.length;
    else {
      found = row;
      before = Math.max(from, Math.min(before - 1, row.firstSequenceNumber));
    }
  }
  return found && position.kind === 'offset' ? findInRow(found, position) : from;
}

function findInRow({ firstSequenceNumber, firstOffset, events }: EventRow, position: Place): number {
  let offset = firstOffset;
  let index = 0;
  for (; index < events.length && isBefore(offset, position); index += 1) offset += events[index]?.length ?? 0;
  return firstSequenceNumber + index;
}

function valuesAtEnds({ kind }: Place, ends: LogEnds): [first: number, last: number] {
  if (kind === 'offset') return [ends.firstOffset, ends.lastOffset];
  return [ends.firstEnqueuedAtMs, ends.lastEnqueuedAtMs ?? 0];
}

function lastValue(row: EventRow, { kind }: Place): number {
  return kind === 'offset' ? offsetBehind(row) - (row.events.at(-1)?.length ?? 0) : row.enqueuedAtMs;
}

function isBefore(value: number, position: Place): boolean {
  return position.isInclusive ? value < position.value : value <= position.value;
}

/** A checkpoint of a hub that was there before, such as one that was only in memory. */
function beyondEnd({ kind, value }: Place, last: number): BrokerError {
  return new BrokerError(
    'invalid-argument',
    `The supplied ${kind} '${value}' is invalid. The last ${kind} in the system is '${last}'. Is the checkpoint that of an earlier hub? Then delete it.`,
  );
}
