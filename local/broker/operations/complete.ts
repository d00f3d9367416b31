// The consumer is done with a message: it is deleted.
import { type Broker, mailboxAt } from '../entities/broker.ts';
import { dropLock, heldLock } from '../entities/locks.ts';
import { removeMessage } from '../entities/placement.ts';
import type { Turn } from '../turn.ts';

/** @throws BrokerError message-lock-lost, session-lock-lost */
export function complete(broker: Broker, turn: Turn, path: string, token: string): void {
  const mailbox = mailboxAt(broker, path);
  const lock = heldLock(turn, mailbox, token);
  dropLock(mailbox, lock);
  removeMessage(turn, mailbox, lock.message);
}
