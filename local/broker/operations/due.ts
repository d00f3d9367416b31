// What happens by the passing of time alone: scheduled messages, locks, sessions, time to live, forgotten message ids.
import { activate } from '../entities/arrival.ts';
import type { Broker } from '../entities/broker.ts';
import { forgetOldIds, nextForgettingAtMs } from '../entities/duplicates.ts';
import { expire } from '../entities/expiry.ts';
import { failDelivery } from '../entities/locks.ts';
import type { Mailbox } from '../entities/mailbox.ts';
import type { Turn } from '../turn.ts';
import { loseSession } from './sessions.ts';

/** When `runDue` has something to do next, in milliseconds since 1970. */
export function nextDueAtMs(broker: Broker): number | undefined {
  let next: number | undefined;
  for (const mailbox of broker.mailboxes.values()) {
    for (const atMs of dueTimes(mailbox)) if (atMs !== undefined && (next === undefined || atMs < next)) next = atMs;
  }
  return next;
}

export function runDue(broker: Broker, turn: Turn): void {
  for (const mailbox of broker.mailboxes.values()) {
    activateScheduled(broker, turn, mailbox);
    expireLocks(broker, turn, mailbox);
    expireMessages(broker, turn, mailbox);
    if ((nextForgettingAtMs(mailbox) ?? Number.POSITIVE_INFINITY) <= turn.now) forgetOldIds(turn, mailbox);
  }
}

function dueTimes(mailbox: Mailbox): (number | undefined)[] {
  return [
    mailbox.scheduled.peek()?.atMs,
    mailbox.expiring.peek()?.atMs,
    mailbox.settings.requiresSession
      ? mailbox.lockedSessions.values().next().value?.lock?.lockedUntilMs
      : mailbox.locks.values().next().value?.lockedUntilMs,
    nextForgettingAtMs(mailbox),
  ];
}

function activateScheduled(broker: Broker, turn: Turn, mailbox: Mailbox): void {
  for (let next = mailbox.scheduled.peek(); next && next.atMs <= turn.now; next = mailbox.scheduled.peek()) {
    mailbox.scheduled.pop();
    const message = mailbox.messages.get(next.sequenceNumber);
    if (message?.state === 'scheduled') activate(broker, turn, mailbox, message);
  }
}

function expireLocks(broker: Broker, turn: Turn, mailbox: Mailbox): void {
  if (mailbox.settings.requiresSession) {
    for (const session of mailbox.lockedSessions.values()) {
      if (session.lock && session.lock.lockedUntilMs > turn.now) break;
      loseSession(broker, turn, mailbox, session);
    }
    return;
  }
  for (const lock of mailbox.locks.values()) {
    if (lock.lockedUntilMs > turn.now) break;
    failDelivery(broker, turn, mailbox, lock);
  }
}

function expireMessages(broker: Broker, turn: Turn, mailbox: Mailbox): void {
  for (let next = mailbox.expiring.peek(); next && next.atMs <= turn.now; next = mailbox.expiring.peek()) {
    mailbox.expiring.pop();
    const message = mailbox.messages.get(next.sequenceNumber);
    // A locked message may still be settled: it expires when it comes back. A deferred one does not expire.
    // https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues#time-to-live
    if (message?.state === 'ready' && (message.expiresAtMs ?? Number.POSITIVE_INFINITY) <= turn.now)
      expire(broker, turn, mailbox, message);
  }
}
