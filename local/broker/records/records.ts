// How the broker's state is laid out in the store. A message's content is written once; what changes about it stands beside it.
import type { Properties } from '../entities/definitions.ts';
import type { Mailbox, Session } from '../entities/mailbox.ts';
import type { Message } from '../entities/message.ts';
import type { Change } from '../turn.ts';

export const spaces = {
  sequences: 'broker.sequences',
  messages: 'broker.messages',
  deliveries: 'broker.deliveries',
  duplicates: 'broker.duplicates',
  sessions: 'broker.sessions',
  rules: 'broker.rules',
} as const;

/** What stands in front of the raw message in its record. */
export interface MessageHead {
  readonly messageId: string;
  readonly sessionId?: string | undefined;
  readonly ttlMs?: number | undefined;
  /** Default: its sequence number. */
  readonly enqueuedSequenceNumber?: number | undefined;
  readonly enqueuedAtMs: number;
  readonly expiresAtMs?: number | undefined;
  readonly scheduledForMs?: number | undefined;
  readonly deadLetterSource?: string | undefined;
  /** Default: 0. */
  readonly deliveryCount?: number | undefined;
  readonly changedProperties?: Properties | undefined;
}

/** The changing part of a message that was delivered at least once. */
export interface DeliveryRecord {
  /** As it is after a crash: a delivery under way counts as failed. */
  readonly deliveryCount: number;
  readonly deferred?: boolean | undefined;
  readonly changedProperties?: Properties | undefined;
}

/** A declared rule list and what clients have made of it since. */
export interface RulesRecord {
  readonly declared: string;
  readonly rules: readonly unknown[];
}

/** In base64. */
export interface SessionRecord {
  readonly updatedAtMs: number;
  readonly state: string;
}

const sequenceDigits = 16;
const headLengthBytes = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Entity names cannot contain the separator; what stands behind it may. */
export function recordKey(mailbox: Mailbox, suffix: string): string {
  return `${mailbox.key}|${suffix}`;
}

export function splitRecordKey(key: string): { mailboxKey: string; suffix: string } {
  const at = key.indexOf('|');
  return { mailboxKey: key.slice(0, at), suffix: key.slice(at + 1) };
}

export function messageKey(mailbox: Mailbox, sequenceNumber: number): string {
  return recordKey(mailbox, String(sequenceNumber).padStart(sequenceDigits, '0'));
}

/** What is as usual is left out. */
function headOf(message: Message): MessageHead {
  const { content, sequenceNumber, enqueuedSequenceNumber, deliveryCount, changedProperties } = message;
  return {
    messageId: content.messageId,
    sessionId: content.sessionId,
    ttlMs: content.ttlMs,
    enqueuedSequenceNumber: enqueuedSequenceNumber === sequenceNumber ? undefined : enqueuedSequenceNumber,
    enqueuedAtMs: message.enqueuedAtMs,
    expiresAtMs: message.expiresAtMs,
    scheduledForMs: message.scheduledForMs,
    deadLetterSource: message.deadLetterSource,
    deliveryCount: deliveryCount === 0 ? undefined : deliveryCount,
    changedProperties: Object.keys(changedProperties).length === 0 ? undefined : changedProperties,
  };
}

export function encodeMessage(message: Message): { readonly record: Uint8Array; readonly raw: Uint8Array } {
  const { raw } = message.content;
  const head = JSON.stringify(headOf(message));
  const rawAt = headLengthBytes + Buffer.byteLength(head);
  const record = Buffer.allocUnsafeSlow(rawAt + raw.length);
  record.writeUInt32BE(rawAt - headLengthBytes);
  record.write(head, headLengthBytes);
  record.set(raw, rawAt);
  return { record, raw: record.subarray(rawAt) };
}

export function decodeMessage(record: Uint8Array): { head: MessageHead; raw: Uint8Array } {
  const headLength = new DataView(record.buffer, record.byteOffset, record.byteLength).getUint32(0);
  const rawAt = headLengthBytes + headLength;
  const head = JSON.parse(decoder.decode(record.subarray(headLengthBytes, rawAt))) as MessageHead;
  return { head, raw: record.subarray(rawAt) };
}

/** A session without a state has no record. */
export function sessionChange(mailbox: Mailbox, { id, state, updatedAtMs }: Session): Change {
  const key = recordKey(mailbox, id);
  if (!state) return deleteRecord(spaces.sessions, key);
  const record: SessionRecord = { updatedAtMs, state: Buffer.from(state).toString('base64') };
  return putJson(spaces.sessions, key, record);
}

export function putJson(space: string, key: string, value: unknown): Change {
  return { space, key, value: encoder.encode(JSON.stringify(value)) };
}

export function decodeJson(record: Uint8Array): unknown {
  return JSON.parse(decoder.decode(record));
}

export function deleteRecord(space: string, key: string): Change {
  return { space, key, value: null };
}
