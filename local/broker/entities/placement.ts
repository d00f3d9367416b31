// Puts messages into a mailbox and takes them out: memory and records together.
import { deleteRecord, encodeMessage, messageKey, spaces } from '../records/records.ts';
import type { Turn } from '../turn.ts';
import type { Properties } from './definitions.ts';
import { type Mailbox, sessionOf } from './mailbox.ts';
import type { Content, Message } from './message.ts';

export interface Placement {
  readonly content: Content;
  readonly sequenceNumber: number;
  readonly enqueuedSequenceNumber: number;
  readonly changedProperties: Properties;
  readonly deadLetterSource?: string | undefined;
  readonly scheduledForMs?: number | undefined;
  /** Default: now. */
  readonly enqueuedAtMs?: number | undefined;
  /** Default: 0. */
  readonly deliveryCount?: number | undefined;
}

export function addMessage(turn: Turn, mailbox: Mailbox, placement: Placement): void {
  const enqueuedAtMs = placement.enqueuedAtMs ?? turn.now;
  const message: Message = {
    content: placement.content,
    sequenceNumber: placement.sequenceNumber,
    enqueuedSequenceNumber: placement.enqueuedSequenceNumber,
    enqueuedAtMs,
    expiresAtMs: expiryOf(mailbox, placement.content, placement.scheduledForMs ?? enqueuedAtMs),
    scheduledForMs: placement.scheduledForMs,
    deadLetterSource: placement.deadLetterSource,
    state: placement.scheduledForMs === undefined ? 'ready' : 'scheduled',
    deliveryCount: placement.deliveryCount ?? 0,
    changedProperties: placement.changedProperties,
    hasDeliveryRecord: false,
  };
  const key = messageKey(mailbox, message.sequenceNumber);
  const { record, raw } = encodeMessage(message);
  message.content.raw = raw;
  turn.changes.push({ space: spaces.messages, key, value: record });
  insertMessage(turn, mailbox, message);
}

/** The part of adding that recovery shares: no record is written. */
export function insertMessage(turn: Turn, mailbox: Mailbox, message: Message): void {
  const { sequenceNumber, scheduledForMs, expiresAtMs } = message;
  mailbox.messages.set(sequenceNumber, message);
  mailbox.usage.bytes += message.content.raw.length;
  if (expiresAtMs !== undefined) mailbox.expiring.push({ atMs: expiresAtMs, sequenceNumber });
  if (message.state === 'scheduled' && scheduledForMs !== undefined)
    mailbox.scheduled.push({ atMs: scheduledForMs, sequenceNumber });
  if (message.state === 'ready') makeReady(turn, mailbox, message);
}

export function makeReady(turn: Turn, mailbox: Mailbox, message: Message): void {
  message.state = 'ready';
  const { sessionId } = message.content;
  if (!mailbox.settings.requiresSession) mailbox.ready.push(message);
  else if (sessionId !== undefined) sessionOf(mailbox, sessionId).ready.push(message);
  turn.readied.add(mailbox.key);
}

export function removeMessage(turn: Turn, mailbox: Mailbox, message: Message): void {
  const key = messageKey(mailbox, message.sequenceNumber);
  mailbox.messages.delete(message.sequenceNumber);
  mailbox.usage.bytes -= message.content.raw.length;
  turn.changes.push(deleteRecord(spaces.messages, key));
  if (message.hasDeliveryRecord) turn.changes.push(deleteRecord(spaces.deliveries, key));
}

/** Time to live counts from when a message becomes ready; in a dead-letter queue nothing expires. */
function expiryOf(mailbox: Mailbox, content: Content, fromMs: number): number | undefined {
  if (mailbox.kind === 'dead-letter') return undefined;
  const ttlMs = Math.min(content.ttlMs ?? Number.POSITIVE_INFINITY, mailbox.settings.defaultTtlMs ?? Infinity);
  return Number.isFinite(ttlMs) ? fromMs + ttlMs : undefined;
}
