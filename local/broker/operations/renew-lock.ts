// Prolongs a peek-lock by the entity's lock duration from now.
import { type Broker, mailboxAt } from '../entities/broker.ts';
import { heldLock } from '../entities/locks.ts';
import type { Turn } from '../turn.ts';

/** Returns when the lock ends now. @throws BrokerError message-lock-lost, session-lock-lost */
export function renewLock(broker: Broker, turn: Turn, path: string, token: string): number {
  const mailbox = mailboxAt(broker, path);
  const lock = heldLock(turn, mailbox, token);
  if (mailbox.settings.requiresSession) return lock.lockedUntilMs;
  lock.lockedUntilMs = turn.now + mailbox.settings.lockDurationMs;
  // Back to the end: the locks stand in the order in which they run out.
  mailbox.locks.delete(token);
  mailbox.locks.set(token, lock);
  return lock.lockedUntilMs;
}
