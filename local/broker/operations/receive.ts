// Hands out ready messages in order: locked for a while (peek-lock), or for good (receive-and-delete).
import { type Broker, mailboxAt } from '../entities/broker.ts';
import { lockMessage } from '../entities/locks.ts';
import { firstReady, type Mailbox } from '../entities/mailbox.ts';
import type { Lock, Message } from '../entities/message.ts';
import { removeMessage } from '../entities/placement.ts';
import { expire } from '../entities/expiry.ts';
import { BrokerError } from '../errors.ts';
import type { Turn } from '../turn.ts';

export interface ReceiveRequest {
  readonly mode: 'peek-lock' | 'receive-and-delete';
  readonly max: number;
  /** Frees all of its locks by `vanish`; must hold the session's lock where there is one. */
  readonly owner: string;
  readonly sessionId?: string | undefined;
}

export interface Delivery {
  readonly message: Message;
  /** Undefined when the message was deleted. */
  readonly lock: Readonly<Lock> | undefined;
}

/** @throws BrokerError entity-not-found, session-lock-lost */
export function receive(broker: Broker, turn: Turn, path: string, request: ReceiveRequest): Delivery[] {
  const mailbox = mailboxAt(broker, path);
  const source = sourceOf(turn, mailbox, request);
  const deliveries: Delivery[] = [];
  while (deliveries.length < request.max) {
    const message = firstReady(mailbox, source.ready);
    if (!message) break;
    source.ready.pop();
    if (message.expiresAtMs !== undefined && message.expiresAtMs <= turn.now) {
      expire(broker, turn, mailbox, message);
      continue;
    }
    if (request.mode === 'receive-and-delete') {
      removeMessage(turn, mailbox, message);
      deliveries.push({ message, lock: undefined });
      continue;
    }
    const terms = { token: broker.newLockToken(), owner: request.owner, lockedUntilMs: source.lockedUntilMs };
    source.lockTokens?.add(terms.token);
    deliveries.push({ message, lock: lockMessage(turn, mailbox, message, terms) });
  }
  return deliveries;
}

function sourceOf(turn: Turn, mailbox: Mailbox, { sessionId, owner }: ReceiveRequest) {
  if (!mailbox.settings.requiresSession)
    return {
      ready: mailbox.ready,
      lockedUntilMs: turn.now + mailbox.settings.lockDurationMs,
      lockTokens: undefined,
    };
  const session = sessionId === undefined ? undefined : mailbox.sessions.get(sessionId);
  if (!session?.lock || session.lock.owner !== owner || session.lock.lockedUntilMs <= turn.now)
    throw new BrokerError('session-lock-lost', `The lock on session '${sessionId}' has expired. Accept it again.`);
  return { ready: session.ready, lockedUntilMs: session.lock.lockedUntilMs, lockTokens: session.lockTokens };
}
