// Deferral: a message is set aside and comes back only to whoever asks for it by its sequence number.
import { type Broker, mailboxAt } from '../entities/broker.ts';
import type { Properties } from '../entities/definitions.ts';
import { dropLock, heldLock, lockMessage, recordDelivery } from '../entities/locks.ts';
import { removeMessage } from '../entities/placement.ts';
import { refuseReceiving } from '../entities/refusals.ts';
import { BrokerError } from '../errors.ts';
import type { Turn } from '../turn.ts';
import type { Delivery, ReceiveRequest } from './receive.ts';

/** @throws BrokerError message-lock-lost, session-lock-lost */
export function defer(broker: Broker, turn: Turn, path: string, token: string, changed: Properties = {}): void {
  const mailbox = mailboxAt(broker, path);
  const lock = heldLock(turn, mailbox, token);
  const { message } = lock;
  dropLock(mailbox, lock);
  message.state = 'deferred';
  message.changedProperties = { ...message.changedProperties, ...changed };
  recordDelivery(turn, mailbox, message, message.deliveryCount, true);
}

/**
 * All of the asked-for messages or none.
 * @throws BrokerError message-not-found when one is not deferred (or locked by somebody); session-lock-lost
 */
export function receiveDeferred(
  broker: Broker,
  turn: Turn,
  path: string,
  sequenceNumbers: readonly number[],
  { mode, owner, sessionId }: Omit<ReceiveRequest, 'max'>,
): Delivery[] {
  const mailbox = mailboxAt(broker, path);
  refuseReceiving(mailbox);
  const session = sessionId === undefined ? undefined : mailbox.sessions.get(sessionId);
  if (mailbox.settings.requiresSession && !session?.lock)
    throw new BrokerError('session-lock-lost', `The lock on session '${sessionId}' has expired. Accept it again.`);
  const messages = sequenceNumbers.map((sequenceNumber) => {
    const message = mailbox.messages.get(sequenceNumber);
    if (message?.state !== 'deferred' || (session && message.content.sessionId !== session.id))
      throw new BrokerError('message-not-found', `No message ${sequenceNumber} is deferred in '${mailbox.path}'.`);
    return message;
  });
  return messages.map((message) => {
    if (mode === 'receive-and-delete') {
      removeMessage(turn, mailbox, message);
      return { message, lock: undefined };
    }
    const lockedUntilMs = session?.lock?.lockedUntilMs ?? turn.now + mailbox.settings.lockDurationMs;
    const token = broker.newLockToken();
    session?.lockTokens.add(token);
    return { message, lock: lockMessage(turn, mailbox, message, { token, owner, lockedUntilMs }) };
  });
}
