// The consumer gives a message back: it is delivered again, in its old place, until its deliveries are used up.
import { type Broker, mailboxAt } from '../entities/broker.ts';
import type { Properties } from '../entities/definitions.ts';
import { failDelivery, heldLock, undoDelivery } from '../entities/locks.ts';
import type { Turn } from '../turn.ts';

/**
 * `changed` is merged into the message's application properties.
 * @throws BrokerError message-lock-lost, session-lock-lost
 */
export function abandon(broker: Broker, turn: Turn, path: string, token: string, changed: Properties = {}): void {
  const mailbox = mailboxAt(broker, path);
  failDelivery(broker, turn, mailbox, heldLock(turn, mailbox, token), changed);
}

/** Takes a delivery back that never reached its consumer or that it did not begin; it does not count. A lock that is gone is ignored. */
export function takeBack(broker: Broker, turn: Turn, path: string, token: string): void {
  const mailbox = mailboxAt(broker, path);
  const lock = mailbox.locks.get(token);
  if (lock) undoDelivery(turn, mailbox, lock);
}
