// A floor to measure a broker against: rhea alone, which accepts all it is sent, keeps only how much that was, and hands out
// as many copies of one message. Prints its address when it listens.
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import rhea from 'rhea';
import { parseAddress, parseConsumerPath, parsePublisherPath } from '../../local/amqp/address.ts';
import { respondToCbs } from '../../local/amqp/cbs.ts';
import { encodeEvent } from '../../local/amqp/event-hubs/event-codec.ts';
import { encodeDelivery } from '../../local/amqp/delivery-codec.ts';
import { newPeer, type Peer } from '../../local/amqp/peer.ts';
import { answerPromptly } from '../../local/amqp/prompt-output.ts';
import { openReplyLink, openRequestLink } from '../../local/amqp/request-link.ts';
import {
  allowedDeliveries,
  batchFormat,
  type Connection,
  type Delivery,
  drain,
  echoAttach,
  formatOf,
  isDraining,
  localAttach,
  prepareSession,
  type Receiver,
  type Sender,
  type Session,
  settleDelivery,
} from '../../local/amqp/rhea-internals.ts';
import { findSections, sectionCodes } from '../../local/amqp/sections.ts';

const raw = rhea.message.encode({ message_id: 'copy', body: rhea.message.data_section(Buffer.alloc(1024, 'm')) });
const enqueuedAtMs = Date.now();
const event = Buffer.from(encodeEvent(raw, { sequenceNumber: 1, offset: '1', enqueuedAtMs, partitionKey: undefined }));
const content = { raw, messageId: 'copy', sessionId: undefined, ttlMs: undefined };
const message = encodeDelivery(
  {
    content,
    sequenceNumber: 1,
    enqueuedSequenceNumber: 1,
    enqueuedAtMs,
    expiresAtMs: undefined,
    scheduledForMs: undefined,
    deadLetterSource: undefined,
    state: 'locked',
    deliveryCount: 0,
    changedProperties: {},
    hasDeliveryRecord: false,
  },
  { lockedUntilMs: enqueuedAtMs + 3_600_000, returnsTo: 'ready' },
);

/** How many were sent to an entity and, for a queue, not yet handed out. */
const counts = new Map<string, number>();
const pumps = new Map<string, Set<() => void>>();

function take({ connection, receiver: link }: { connection: Connection; receiver: Receiver }): void {
  const address = parseAddress(link.target?.address);
  if (address.kind !== 'entity') return openRequestLink(peerOf(connection), link, respondToCbs);
  const { hub: name = '' } = parsePublisherPath(address.path) ?? {};
  echoAttach(link);
  localAttach(link).max_message_size = 1024 * 1024;
  link.on('message', ({ message: bytes, delivery }: { message: Buffer; delivery: Delivery }) => {
    const isBatch = formatOf(delivery) === batchFormat;
    const count = isBatch ? findSections(bytes).filter(({ code }) => code === sectionCodes.data).length : 1;
    counts.set(name, (counts.get(name) ?? 0) + count);
    delivery.accept();
    for (const pump of pumps.get(name) ?? []) pump();
  });
}

function give({ connection, sender: link }: { connection: Connection; sender: Sender }): void {
  const address = parseAddress(link.source?.address);
  if (address.kind !== 'entity') return openReplyLink(peerOf(connection), link);
  const consumer = parseConsumerPath(address.path);
  const name = consumer?.hub ?? address.path;
  echoAttach(link);
  if (consumer) localAttach(link).snd_settle_mode = 1;
  let sent = 0;
  let read = 0;
  const pump = (): void => {
    while (sent < allowedDeliveries(link) && (counts.get(name) ?? 0) - read > 0) {
      link.send(consumer ? event : message, consumer ? undefined : randomBytes(16), 0);
      sent += 1;
      if (consumer) read += 1;
      else counts.set(name, (counts.get(name) ?? 0) - 1);
    }
    if (!isDraining(link)) return;
    sent = allowedDeliveries(link);
    drain(link);
  };
  const waiting = pumps.get(name) ?? new Set();
  pumps.set(name, waiting.add(pump));
  link.on('sender_close', () => waiting.delete(pump));
  link.on('sender_flow', pump);
  const accepted = (rhea.message as unknown as { accepted(): { described(): unknown } }).accepted().described();
  link.on('accepted', ({ delivery }: { delivery: Delivery }) => settleDelivery(delivery, accepted));
}

const peers = new WeakMap<Connection, Peer>();
function peerOf(connection: Connection): Peer {
  const peer = peers.get(connection) ?? newPeer('peer');
  peers.set(connection, peer);
  return peer;
}

const container = rhea.create_container();
container.sasl_server_mechanisms.enable_anonymous();
container.on('connection_open', ({ connection }: { connection: Connection }) => answerPromptly(connection));
container.on('session_open', ({ session }: { session: Session }) => prepareSession(session));
container.on('receiver_open', take);
container.on('sender_open', give);
for (const name of ['disconnected', 'connection_close', 'session_close', 'error']) container.on(name, () => undefined);
const server = container.listen({
  port: 0,
  host: '127.0.0.1',
  tcp_no_delay: true,
  max_frame_size: 64 * 1024,
  session_buffer_size: { incoming: 2048, outgoing: 65_536 },
  receiver_options: { autoaccept: false, credit_window: 1000 },
} as Parameters<typeof container.listen>[0]);
server.once('listening', () => console.log(`Ready: amqp://127.0.0.1:${(server.address() as AddressInfo).port}`));
