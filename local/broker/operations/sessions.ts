// Sessions: an exclusive lock on all messages with one session id, in order, and a state that outlives the lock.
import { type Broker, mailboxAt } from '../entities/broker.ts';
import { failDelivery, undoDelivery } from '../entities/locks.ts';
import { firstReady, type Mailbox, type Session, sessionOf } from '../entities/mailbox.ts';
import type { Lock } from '../entities/message.ts';
import { refuseReceiving } from '../entities/refusals.ts';
import { BrokerError } from '../errors.ts';
import { limits } from '../limits.ts';
import { sessionChange } from '../records/records.ts';
import type { Turn } from '../turn.ts';

export interface SessionGrant {
  readonly sessionId: string;
  readonly lockedUntilMs: number;
}

/**
 * Locks a session: the one asked for, or else the one with the oldest message that nobody has. Undefined when there is none now.
 * @throws BrokerError entity-not-found; not-allowed without sessions; session-cannot-be-locked when the one asked for is taken
 */
export function acceptSession(
  broker: Broker,
  turn: Turn,
  path: string,
  { sessionId, owner }: { readonly sessionId: string | undefined; readonly owner: string },
): SessionGrant | undefined {
  const mailbox = sessionMailbox(broker, path);
  refuseReceiving(mailbox);
  const session = sessionId === undefined ? nextSession(mailbox) : sessionOf(mailbox, sessionId);
  if (!session) return undefined;
  if (session.lock)
    throw new BrokerError(
      'session-cannot-be-locked',
      `The requested session '${session.id}' cannot be accepted. It may be locked by another receiver.`,
    );
  const lockedUntilMs = turn.now + mailbox.settings.lockDurationMs;
  session.lock = { owner, lockedUntilMs };
  mailbox.lockedSessions.set(session.id, session);
  return { sessionId: session.id, lockedUntilMs };
}

/** Returns when the lock ends now. @throws BrokerError session-lock-lost */
export function renewSessionLock(broker: Broker, turn: Turn, path: string, sessionId: string): number {
  const mailbox = mailboxAt(broker, path);
  const { session, lock } = heldSession(turn, mailbox, sessionId);
  lock.lockedUntilMs = turn.now + mailbox.settings.lockDurationMs;
  for (const messageLock of messageLocks(mailbox, session)) messageLock.lockedUntilMs = lock.lockedUntilMs;
  mailbox.lockedSessions.delete(sessionId);
  mailbox.lockedSessions.set(sessionId, session);
  return lock.lockedUntilMs;
}

/** The holder lets go: unsettled messages go back to their places, the delivery does not count. */
export function closeSession(broker: Broker, turn: Turn, path: string, sessionId: string, owner: string): void {
  const mailbox = mailboxAt(broker, path);
  const session = mailbox.sessions.get(sessionId);
  if (session?.lock?.owner !== owner) return;
  for (const lock of messageLocks(mailbox, session)) undoDelivery(turn, mailbox, lock);
  unlockSession(turn, mailbox, session);
}

/** The lock ran out or its holder vanished: unsettled messages go back, and the delivery counts. */
export function loseSession(broker: Broker, turn: Turn, mailbox: Mailbox, session: Session): void {
  if (!session.lock) return;
  turn.lostSessions.push({ mailboxKey: mailbox.key, sessionId: session.id, owner: session.lock.owner });
  for (const lock of messageLocks(mailbox, session)) failDelivery(broker, turn, mailbox, lock);
  unlockSession(turn, mailbox, session);
}

/** @throws BrokerError session-lock-lost */
export function getSessionState(broker: Broker, turn: Turn, path: string, sessionId: string): Uint8Array | undefined {
  return heldSession(turn, mailboxAt(broker, path), sessionId).session.state;
}

/** Undefined clears it. @throws BrokerError session-lock-lost, message-too-large */
export function setSessionState(
  broker: Broker,
  turn: Turn,
  path: string,
  sessionId: string,
  state: Uint8Array | undefined,
): void {
  const mailbox = mailboxAt(broker, path);
  const { session } = heldSession(turn, mailbox, sessionId);
  if ((state?.length ?? 0) > limits.maxSessionStateBytes)
    throw new BrokerError('message-too-large', `A session state has at most ${limits.maxSessionStateBytes} bytes.`);
  mailbox.usage.bytes += (state?.length ?? 0) - (session.state?.length ?? 0);
  session.state = state;
  session.updatedAtMs = turn.now;
  turn.changes.push(sessionChange(mailbox, session));
}

export interface SessionRange {
  /** Only those whose state was set after this; undefined: those that have messages. */
  readonly updatedAfterMs: number | undefined;
  readonly skip: number;
  readonly top: number;
}

/** Ids of sessions, in their order. @throws BrokerError entity-not-found; not-allowed without sessions */
export function listSessions(broker: Broker, path: string, { updatedAfterMs, skip, top }: SessionRange): string[] {
  const mailbox = sessionMailbox(broker, path);
  const ids = new Set<string>();
  if (updatedAfterMs === undefined) {
    for (const { content } of mailbox.messages.values())
      if (content.sessionId !== undefined) ids.add(content.sessionId);
  } else {
    for (const { id, state, updatedAtMs } of mailbox.sessions.values())
      if (state && updatedAtMs > updatedAfterMs) ids.add(id);
  }
  return [...ids].toSorted().slice(skip, skip + top);
}

function sessionMailbox(broker: Broker, path: string): Mailbox {
  const mailbox = mailboxAt(broker, path);
  if (!mailbox.settings.requiresSession)
    throw new BrokerError('not-allowed', `'${mailbox.path}' does not require sessions: receive from it directly.`);
  return mailbox;
}

function heldSession(turn: Turn, mailbox: Mailbox, sessionId: string) {
  const session = mailbox.sessions.get(sessionId);
  if (!session?.lock || session.lock.lockedUntilMs <= turn.now)
    throw new BrokerError('session-lock-lost', `The lock on session '${sessionId}' has expired. Accept it again.`);
  return { session, lock: session.lock };
}

function messageLocks(mailbox: Mailbox, session: Session): Lock[] {
  return [...session.lockTokens].flatMap((token) => mailbox.locks.get(token) ?? []);
}

function nextSession(mailbox: Mailbox): Session | undefined {
  let next: Session | undefined;
  let oldest = Number.POSITIVE_INFINITY;
  for (const session of mailbox.sessions.values()) {
    const head = session.lock ? undefined : firstReady(mailbox, session.ready);
    if (!head || head.sequenceNumber >= oldest) continue;
    next = session;
    oldest = head.sequenceNumber;
  }
  return next;
}

function unlockSession(turn: Turn, mailbox: Mailbox, session: Session): void {
  session.lock = undefined;
  session.lockTokens.clear();
  mailbox.lockedSessions.delete(session.id);
  if (firstReady(mailbox, session.ready)) turn.readied.add(mailbox.key);
  else if (!session.state) mailbox.sessions.delete(session.id);
}
