// Peek-locks: who may settle a message, and until when. They live in memory only; what survives a crash is that
// the delivery was tried, so that a message which kills its consumers reaches its maximum.
import { BrokerError } from '../errors.ts';
import { deleteRecord, type DeliveryRecord, messageKey, putJson, spaces } from '../records/records.ts';
import type { Turn } from '../turn.ts';
import type { Broker } from './broker.ts';
import { deadLetter } from './arrival.ts';
import type { Properties } from './definitions.ts';
import type { Mailbox } from './mailbox.ts';
import type { Lock, Message } from './message.ts';
import { makeReady } from './placement.ts';

export interface LockTerms {
  readonly token: string;
  readonly owner: string;
  readonly lockedUntilMs: number;
}

export function lockMessage(turn: Turn, mailbox: Mailbox, message: Message, terms: LockTerms): Lock {
  const lock: Lock = { ...terms, message, returnsTo: message.state === 'deferred' ? 'deferred' : 'ready' };
  message.state = 'locked';
  mailbox.locks.set(lock.token, lock);
  recordDelivery(turn, mailbox, message, message.deliveryCount + 1, isDeferred(lock));
  return lock;
}

/** @throws BrokerError message-lock-lost, session-lock-lost */
export function heldLock(turn: Turn, mailbox: Mailbox, token: string): Lock {
  const lock = mailbox.locks.get(token);
  if (lock && lock.lockedUntilMs > turn.now) return lock;
  if (mailbox.settings.requiresSession)
    throw new BrokerError('session-lock-lost', 'The session lock has expired. Accept the session again.');
  throw new BrokerError(
    'message-lock-lost',
    'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.',
  );
}

/** Forgets the lock; what becomes of the message is the caller's. */
export function dropLock(mailbox: Mailbox, lock: Lock): void {
  mailbox.locks.delete(lock.token);
  const { sessionId } = lock.message.content;
  if (mailbox.settings.requiresSession && sessionId !== undefined)
    mailbox.sessions.get(sessionId)?.lockTokens.delete(lock.token);
}

/** The delivery failed: the message goes back with its count raised, or, at the maximum, to the dead letters. */
export function failDelivery(broker: Broker, turn: Turn, mailbox: Mailbox, lock: Lock, changed?: Properties): void {
  const { message } = lock;
  dropLock(mailbox, lock);
  message.deliveryCount += 1;
  if (changed && Object.keys(changed).length > 0) {
    message.changedProperties = { ...message.changedProperties, ...changed };
    recordDelivery(turn, mailbox, message, message.deliveryCount, isDeferred(lock));
  }
  if (!buryIfExhausted(broker, turn, mailbox, message)) putBack(turn, mailbox, lock);
}

/** The delivery never took place or ended with its session: the message goes back as it was. */
export function undoDelivery(turn: Turn, mailbox: Mailbox, lock: Lock): void {
  const { message } = lock;
  dropLock(mailbox, lock);
  recordDelivery(turn, mailbox, message, message.deliveryCount, isDeferred(lock));
  putBack(turn, mailbox, lock);
}

/** True when the message had its last delivery. */
export function buryIfExhausted(broker: Broker, turn: Turn, mailbox: Mailbox, message: Message): boolean {
  const { maxDeliveryCount } = mailbox.settings;
  if (message.deliveryCount < maxDeliveryCount) return false;
  deadLetter(broker, turn, mailbox, message, {
    DeadLetterReason: 'MaxDeliveryCountExceeded',
    DeadLetterErrorDescription: `Message could not be consumed after ${maxDeliveryCount} delivery attempts.`,
  });
  return true;
}

/** Notes beside the message what a restart must know of it; `deliveryCount` is what it shall be then. */
export function recordDelivery(
  turn: Turn,
  mailbox: Mailbox,
  message: Message,
  deliveryCount: number,
  deferred: boolean,
): void {
  const key = messageKey(mailbox, message.sequenceNumber);
  const { changedProperties } = message;
  const hasChanges = Object.keys(changedProperties).length > 0;
  const isFresh = deliveryCount === 0 && !deferred && !hasChanges;
  if (isFresh) {
    if (message.hasDeliveryRecord) turn.changes.push(deleteRecord(spaces.deliveries, key));
    message.hasDeliveryRecord = false;
    return;
  }
  const record: DeliveryRecord = {
    deliveryCount,
    deferred: deferred || undefined,
    changedProperties: hasChanges ? changedProperties : undefined,
  };
  turn.changes.push(putJson(spaces.deliveries, key, record));
  message.hasDeliveryRecord = true;
}

function isDeferred(lock: Lock): boolean {
  return lock.returnsTo === 'deferred';
}

function putBack(turn: Turn, mailbox: Mailbox, lock: Lock): void {
  const { message } = lock;
  if (isDeferred(lock)) {
    message.state = 'deferred';
    return;
  }
  makeReady(turn, mailbox, message);
  // Its time may have run out while it was locked.
  const { expiresAtMs, sequenceNumber } = message;
  if (expiresAtMs !== undefined && expiresAtMs <= turn.now)
    mailbox.expiring.push({ atMs: expiresAtMs, sequenceNumber });
}
