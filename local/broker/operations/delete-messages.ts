// Deletes messages unread, the oldest first: those that could be received now, not what is locked, deferred or scheduled.
// https://learn.microsoft.com/azure/service-bus-messaging/batch-delete
import { type Broker, mailboxAt } from '../entities/broker.ts';
import { firstReady, type Mailbox } from '../entities/mailbox.ts';
import { removeMessage } from '../entities/placement.ts';
import { refuseReceiving } from '../entities/refusals.ts';
import { BrokerError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Turn } from '../turn.ts';

export interface Deletion {
  readonly max: number;
  /** Undefined: whenever they came. */
  readonly enqueuedBeforeMs: number | undefined;
  /** Needed where there are sessions. */
  readonly sessionId: string | undefined;
}

/** Returns how many there were. @throws BrokerError entity-not-found, entity-disabled, argument-out-of-range, not-allowed */
export function deleteMessages(broker: Broker, turn: Turn, path: string, deletion: Deletion): number {
  const { max, enqueuedBeforeMs = Number.POSITIVE_INFINITY } = deletion;
  const mailbox = mailboxAt(broker, path);
  refuseReceiving(mailbox);
  if (max < 1 || max > limits.maxMessagesPerDeletion)
    throw new BrokerError('argument-out-of-range', `Delete 1 to ${limits.maxMessagesPerDeletion} messages at a time.`);
  const ready = readyIn(mailbox, deletion.sessionId);
  if (!ready) return 0;
  let deleted = 0;
  while (deleted < max) {
    const message = firstReady(mailbox, ready);
    if (!message || message.enqueuedAtMs >= enqueuedBeforeMs) break;
    removeMessage(turn, mailbox, message);
    deleted += 1;
  }
  return deleted;
}

function readyIn(mailbox: Mailbox, sessionId: string | undefined): Mailbox['ready'] | undefined {
  if (!mailbox.settings.requiresSession) return mailbox.ready;
  if (sessionId !== undefined) return mailbox.sessions.get(sessionId)?.ready;
  throw new BrokerError('not-allowed', `'${mailbox.path}' requires sessions: say whose messages to delete.`);
}
