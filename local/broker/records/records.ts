// How the broker's state is laid out in the store. A message's content is written once; what changes about it stands beside it.
import type { Properties } from '../entities/definitions.ts';
import type { Mailbox } from '../entities/mailbox.ts';
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
  readonly enqueuedSequenceNumber: number;
  readonly enqueuedAtMs: number;
  readonly expiresAtMs?: number | undefined;
  readonly scheduledForMs?: number | undefined;
  readonly deadLetterSource?: string | undefined;
  readonly deliveryCount: number;
  readonly changedProperties?: Properties | undefined;
}

/** The changing part of a message that was delivered at least once. */
export interface DeliveryRecord {
  /** As it is after a crash: a delivery under way counts as failed. */
  readonly deliveryCount: number;
  readonly deferred: boolean;
  readonly changedProperties: Properties;
}

/** A declared rule list and what clients have made of it since. */
export interface RulesRecord {
  readonly declared: string;
  readonly rules: readonly unknown[];
}

const sequenceDigits = 16;
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

export function encodeMessage(message: Message): Uint8Array {
  const { content } = message;
  const head: MessageHead = {
    messageId: content.messageId,
    sessionId: content.sessionId,
    ttlMs: content.ttlMs,
    enqueuedSequenceNumber: message.enqueuedSequenceNumber,
    enqueuedAtMs: message.enqueuedAtMs,
    expiresAtMs: message.expiresAtMs,
    scheduledForMs: message.scheduledForMs,
    deadLetterSource: message.deadLetterSource,
    deliveryCount: message.deliveryCount,
    changedProperties: message.changedProperties,
  };
  const headBytes = encoder.encode(JSON.stringify(head));
  const record = new Uint8Array(4 + headBytes.length + content.raw.length);
  new DataView(record.buffer).setUint32(0, headBytes.length);
  record.set(headBytes, 4);
  record.set(content.raw, 4 + headBytes.length);
  return record;
}

export function decodeMessage(record: Uint8Array): { head: MessageHead; raw: Uint8Array } {
  const headLength = new DataView(record.buffer, record.byteOffset, record.byteLength).getUint32(0);
  const head = JSON.parse(decoder.decode(record.subarray(4, 4 + headLength))) as MessageHead;
  return { head, raw: record.subarray(4 + headLength) };
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
