// Builds the state from the store's records after a restart. Locks are gone; a delivery that was under way has failed.
import type { Broker } from '../entities/broker.ts';
import type { RuleDefinition } from '../entities/definitions.ts';
import { buryIfExhausted } from '../entities/locks.ts';
import { type Mailbox, sessionOf } from '../entities/mailbox.ts';
import { insertMessage } from '../entities/placement.ts';
import { compileRule } from '../rules/rule.ts';
import type { Turn } from '../turn.ts';
import {
  decodeJson,
  decodeMessage,
  type DeliveryRecord,
  type RulesRecord,
  type SessionRecord,
  spaces,
  splitRecordKey,
} from './records.ts';

/** The order in which spaces are read: a message's delivery record comes after the message. */
export const recoveryOrder = [
  spaces.sequences,
  spaces.messages,
  spaces.deliveries,
  spaces.duplicates,
  spaces.sessions,
  spaces.rules,
] as const;

export type RecoverySpace = (typeof recoveryOrder)[number];

export interface StoredRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** False when the record's entity is not part of the namespace (any more); it is left alone. */
export function recoverRecord(broker: Broker, space: RecoverySpace, record: StoredRecord): boolean {
  const { mailboxKey, suffix } = splitRecordKey(record.key);
  const mailbox = broker.mailboxes.get(mailboxKey);
  if (!mailbox) return false;
  recoverers[space](mailbox, suffix, record.value);
  return true;
}

/** Once all records are read: puts the messages in order and buries those whose last delivery the crash has cut off. */
export function finishRecovery(broker: Broker, turn: Turn): void {
  const recovered = Array.from(broker.mailboxes.values(), (mailbox) => ({
    mailbox,
    messages: [...mailbox.messages.values()],
  }));
  for (const { mailbox, messages } of recovered) {
    sortByTime(mailbox.duplicates?.seenAtMs);
    for (const message of messages) {
      const wasDelivered = message.hasDeliveryRecord && message.state !== 'scheduled';
      insertMessage(turn, mailbox, message);
      if (wasDelivered) buryIfExhausted(broker, turn, mailbox, message);
    }
  }
}

/** The records come by message id; the oldest has to be first. */
function sortByTime(seenAtMs: Map<string, number> | undefined): void {
  const entries = [...(seenAtMs ?? [])].toSorted(([, a], [, b]) => a - b);
  seenAtMs?.clear();
  for (const [messageId, atMs] of entries) seenAtMs?.set(messageId, atMs);
}

const recoverers: Readonly<Record<RecoverySpace, (mailbox: Mailbox, suffix: string, value: Uint8Array) => void>> = {
  [spaces.sequences]: ({ sequence }, _suffix, value) => {
    sequence.next = decodeJson(value) as number;
    sequence.reservedBelow = sequence.next;
  },
  [spaces.messages]: recoverMessage,
  [spaces.deliveries]: (mailbox, suffix, value) => {
    const message = mailbox.messages.get(Number(suffix));
    if (!message) return;
    const { deliveryCount, deferred, changedProperties } = decodeJson(value) as DeliveryRecord;
    message.deliveryCount = deliveryCount;
    message.changedProperties = changedProperties ?? {};
    if (deferred) message.state = 'deferred';
    message.hasDeliveryRecord = true;
  },
  [spaces.duplicates]: ({ duplicates }, suffix, value) => {
    duplicates?.seenAtMs.set(suffix, decodeJson(value) as number);
  },
  [spaces.sessions]: (mailbox, suffix, value) => {
    const { updatedAtMs, state } = decodeJson(value) as SessionRecord;
    const session = sessionOf(mailbox, suffix);
    session.updatedAtMs = updatedAtMs;
    session.state = new Uint8Array(Buffer.from(state, 'base64'));
    mailbox.usage.bytes += session.state.length;
  },
  [spaces.rules]: (mailbox, _suffix, value) => {
    const { declared, rules } = decodeJson(value) as RulesRecord;
    if (declared !== mailbox.declaredRules) return;
    mailbox.rules.clear();
    for (const rule of rules as RuleDefinition[]) mailbox.rules.set(rule.name, compileRule(rule));
  },
};

function recoverMessage(mailbox: Mailbox, suffix: string, value: Uint8Array): void {
  const { head, raw } = decodeMessage(value);
  const sequenceNumber = Number(suffix);
  mailbox.messages.set(sequenceNumber, {
    content: { raw: raw.slice(), messageId: head.messageId, sessionId: head.sessionId, ttlMs: head.ttlMs },
    sequenceNumber,
    enqueuedSequenceNumber: head.enqueuedSequenceNumber ?? sequenceNumber,
    enqueuedAtMs: head.enqueuedAtMs,
    expiresAtMs: head.expiresAtMs,
    scheduledForMs: head.scheduledForMs,
    deadLetterSource: head.deadLetterSource,
    state: head.scheduledForMs === undefined ? 'ready' : 'scheduled',
    deliveryCount: head.deliveryCount ?? 0,
    changedProperties: head.changedProperties ?? {},
    hasDeliveryRecord: false,
  });
}
