// A link on which a client receives: credit in, messages out, settlement back.
import { closeSession } from '../broker/operations/sessions.ts';
import { vanish } from '../broker/operations/vanish.ts';
import { mailboxAt } from '../broker/entities/broker.ts';
import { refuseReceiving } from '../broker/entities/refusals.ts';
import { BrokerError } from '../broker/errors.ts';
import { admit, refuse } from './admit.ts';
import type { Consumer, Dispatcher, Payload } from './dispatcher.ts';
import type { DurableBroker } from './durable-broker.ts';
import { tokenToDeliveryTag } from './lock-token.ts';
import type { End, Peer } from './peer.ts';
import {
  allowedDeliveries,
  drain,
  echoAttach,
  isDraining,
  onFlow,
  roomForDeliveries,
  type Sender,
} from './rhea-internals.ts';
import { settleBy } from './settlement.ts';

export interface OutgoingLink {
  readonly broker: DurableBroker;
  readonly dispatcher: Dispatcher;
  readonly peer: Peer;
  readonly link: Sender;
  readonly path: string;
}

/** Refuses an entity that is not there, is a topic, hands out nothing, or sessions only. */
export function openOutgoingLink(given: OutgoingLink): void {
  const { broker, link, path, peer } = given;
  echoAttach(link);
  const isAdmitted = admit(link, () => {
    const mailbox = broker.look((state) => mailboxAt(state, path));
    if (mailbox.kind === 'topic')
      throw new BrokerError('not-allowed', `'${mailbox.path}' is a topic: receive from one of its subscriptions.`);
    refuseReceiving(mailbox);
    if (mailbox.settings.requiresSession)
      throw new BrokerError('not-allowed', `'${mailbox.path}' requires sessions: accept a session to receive from it.`);
  });
  if (isAdmitted) startDelivering(given, { owner: peer.id });
}

/** Hands messages to the link until it ends. */
export function startDelivering(
  { broker, dispatcher, peer, link, path }: OutgoingLink,
  { owner, sessionId }: { readonly owner: string; readonly sessionId?: string },
): void {
  let sent = 0;
  let reserved = 0;
  let isOpen = true;
  const mode = link.snd_settle_mode === 1 ? 'receive-and-delete' : 'peek-lock';
  const consumer: Consumer = {
    path,
    mode,
    owner,
    sessionId,
    wanted: () => Math.max(0, Math.min(allowedDeliveries(link) - sent, roomForDeliveries(link.session)) - reserved),
    reserve: (count) => {
      reserved += count;
    },
    deliver(payloads) {
      reserved -= payloads.length;
      // The peer may have taken its credit back while they were written to disk.
      if (!isOpen || (mode === 'peek-lock' && allowedDeliveries(link) - sent < payloads.length)) return false;
      for (const payload of payloads) transfer(link, payload);
      sent += payloads.length;
      takeMore();
      return true;
    },
    loseSession() {
      end('vanished');
      const description = `The lock on session '${sessionId}' has expired. Accept it again.`;
      refuse(link, new BrokerError('session-lock-lost', description));
    },
  };

  /** Nothing more is ready and nothing on its way: the rest of the credit goes back. */
  function drainIfAsked(): void {
    if (!isDraining(link) || reserved > 0) return;
    sent = allowedDeliveries(link);
    drain(link);
  }

  function takeMore(): void {
    dispatcher.pump(path.toLowerCase());
    drainIfAsked();
  }

  function end(how: End): void {
    if (!isOpen) return;
    isOpen = false;
    dispatcher.remove(consumer);
    stopListening();
    peer.onEnd.delete(end);
    if (sessionId === undefined) return;
    const freed = broker.run((state, turn) => {
      if (how === 'closed') closeSession(state, turn, path, sessionId, owner);
      else vanish(state, turn, owner);
    });
    freed.catch(() => undefined);
  }

  const stopListening = onFlow(link.session, takeMore);
  dispatcher.add(consumer);
  peer.onEnd.add(end);
  link.on('sender_close', () => end('closed'));
  settleBy({ broker, link, path });
  takeMore();
}

function transfer(link: Sender, { token, bytes }: Payload): void {
  const tag = token === undefined ? undefined : tokenToDeliveryTag(token);
  link.send(bytes, tag, 0);
}
