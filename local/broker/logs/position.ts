// Where a receiver wants to begin, as its selector filter says.
// https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide
import { BrokerError } from '../errors.ts';
import type { LogEnds } from './log-records.ts';
import { offsetOf } from './partition-log.ts';

export type Position =
  | { readonly kind: 'latest' }
  /** `offset` or `sequence number`, for errors. */
  | { readonly kind: 'at'; readonly by: string; readonly value: number; readonly isInclusive: boolean }
  | { readonly kind: 'time'; readonly ms: number; readonly isInclusive: boolean };

const selector = /^\s*amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time)\s*(>=?)\s*'([^']*)'\s*$/;

/** Without a selector, the first event. @throws BrokerError invalid-argument */
export function parsePosition(text: string | undefined): Position {
  if (text === undefined) return { kind: 'at', by: 'offset', value: -1, isInclusive: false };
  const [, annotation, operator, given = ''] = selector.exec(text) ?? [];
  if (annotation === undefined)
    throw new BrokerError('invalid-argument', `The selector filter '${text}' is not known.`);
  if (annotation === 'offset' && given === '@latest') return { kind: 'latest' };
  const isInclusive = operator === '>=';
  const by = annotation.replace('-', ' ');
  const value = Number(given);
  if (given.trim() === '' || !Number.isSafeInteger(value))
    throw new BrokerError('invalid-argument', `The supplied ${by} '${given}' is invalid.`);
  if (annotation === 'enqueued-time') return { kind: 'time', ms: value, isInclusive };
  return { kind: 'at', by, value, isInclusive };
}

/** Number of the first event to read, or undefined when only the events can tell: see `findByTime`. @throws BrokerError invalid-argument */
export function startOf(position: Position, ends: LogEnds): number | undefined {
  const { firstSequenceNumber, firstEnqueuedAtMs, nextSequenceNumber, lastEnqueuedAtMs } = ends;
  if (position.kind === 'latest') return nextSequenceNumber;
  if (position.kind === 'at') {
    const from = position.isInclusive ? position.value : position.value + 1;
    if (from > nextSequenceNumber) throw beyondEnd(position, nextSequenceNumber);
    return Math.max(from, firstSequenceNumber);
  }
  if (lastEnqueuedAtMs === undefined || isBefore(lastEnqueuedAtMs, position)) return nextSequenceNumber;
  return isBefore(firstEnqueuedAtMs, position) ? undefined : firstSequenceNumber;
}

/** The first event at or after a time. `rowAt` gives the row that holds a number, or the next one when that is gone. */
export async function findByTime(
  position: Extract<Position, { kind: 'time' }>,
  ends: LogEnds,
  rowAt: (sequenceNumber: number) => Promise<TimedRow | undefined>,
): Promise<number> {
  let from = ends.firstSequenceNumber;
  let before = ends.nextSequenceNumber;
  while (from < before) {
    const row = await rowAt(from + Math.floor((before - from) / 2));
    if (!row) break;
    if (isBefore(row.enqueuedAtMs, position)) from = row.firstSequenceNumber + row.events.length;
    else before = Math.max(from, Math.min(before - 1, row.firstSequenceNumber));
  }
  return from;
}

interface TimedRow {
  readonly firstSequenceNumber: number;
  readonly enqueuedAtMs: number;
  readonly events: { readonly length: number };
}

function isBefore(atMs: number, { ms, isInclusive }: Extract<Position, { kind: 'time' }>): boolean {
  return isInclusive ? atMs < ms : atMs <= ms;
}

/** A checkpoint of a hub that was there before, such as one that was only in memory. */
function beyondEnd({ by, value }: Extract<Position, { kind: 'at' }>, nextSequenceNumber: number): BrokerError {
  const last = by === 'offset' ? offsetOf(nextSequenceNumber - 1) : nextSequenceNumber - 1;
  return new BrokerError(
    'invalid-argument',
    `The supplied ${by} '${value}' is invalid. The last ${by} in the system is '${last}'. Is the checkpoint that of an earlier hub? Then delete it.`,
  );
}
