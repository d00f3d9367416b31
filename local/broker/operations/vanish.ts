// A consumer is gone without a word.
import type { Broker } from '../entities/broker.ts';
import { failDelivery } from '../entities/locks.ts';
import type { Turn } from '../turn.ts';
import { loseSession } from './sessions.ts';

/**
 * Frees all locks an owner holds; each counts as a failed delivery.
 * Differs from Azure: a message is free as soon as its consumer is killed; there it stays locked until its lock runs out.
 */
export function vanish(broker: Broker, turn: Turn, owner: string): void {
  for (const mailbox of broker.mailboxes.values()) {
    for (const session of mailbox.lockedSessions.values()) {
      if (session.lock?.owner === owner) loseSession(broker, turn, mailbox, session);
    }
    for (const lock of mailbox.locks.values()) {
      if (lock.owner === owner) failDelivery(broker, turn, mailbox, lock);
    }
  }
}
