// The AMQP 1.0 listener of Service Bus and Event Hubs: connections, and for each link the file that serves it.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import rhea, { type ConnectionOptions } from 'rhea';
import { mailboxAt } from '../broker/entities/broker.ts';
import { vanish } from '../broker/operations/vanish.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import type { Topology } from '../topology.ts';
import { acceptConnection, awaitFarewell } from './accept-connection.ts';
import { checkTermini, parseAddress, parseConsumerPath, parsePublisherPath } from './address.ts';
import { admit } from './admit.ts';
import { respondToCbs } from './cbs.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { type DurableBroker, openDurableBroker } from './durable-broker.ts';
import { openConsumerLink } from './event-hubs/consumer-link.ts';
import { type DurableLogs, openDurableLogs } from './event-hubs/durable-logs.ts';
import { encodeEvent } from './event-hubs/event-codec.ts';
import { respondForHubs } from './event-hubs/management.ts';
import { openPublisherLink } from './event-hubs/publisher-link.ts';
import { createReaderTable, type ReaderTable } from './event-hubs/reader-table.ts';
import { openIncomingLink } from './incoming-link.ts';
import { respondToManagement } from './management/respond.ts';
import { encodeDelivery } from './delivery-codec.ts';
import { readRuleFields } from './message-codec.ts';
import { openOutgoingLink } from './outgoing-link.ts';
import { type End, newPeer, type Peer } from './peer.ts';
import { answerPromptly } from './prompt-output.ts';
import { openReplyLink, openRequestLink } from './request-link.ts';
import {
  type Connection,
  prepareSession,
  type Receiver,
  type Sender,
  type Session,
  socketOf,
  stopHeartbeats,
  writeOnceATick,
} from './rhea-internals.ts';
import { writeRuleFields } from './rewrite-message.ts';
import { asksForSession, openSessionLink } from './session-link.ts';
import { keepSessionRules } from './session-rules.ts';

export interface AmqpServerOptions {
  readonly store: Store;
  readonly topology: Pick<Topology, 'serviceBus' | 'eventHubs'>;
  /** 0 takes any free one. */
  readonly port: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Clients that wait for a session, and housekeeping, go by it. Default: `clock`. */
  readonly waitClock?: Clock;
  /** How long a connection may take to open. Default: a minute. */
  readonly handshakeTimeOutMs?: number;
  /** A peer that was silent for twice this long is told to go; it is asked for a frame in this time. Default: four minutes. */
  readonly idleTimeOutMs?: number;
}

export interface AmqpServer {
  readonly port: number;
  /** True when no message is in the hands of a receiver. */
  isIdle(): boolean;
  /** Ends every connection; what was accepted is in the store, which stays open. */
  close(): Promise<void>;
}

interface Serving {
  readonly store: Store;
  readonly broker: DurableBroker;
  readonly logs: DurableLogs;
  readonly readers: ReaderTable;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly waitClock: Clock;
}

/** Deliveries that may stand unsettled on one link before it is given no more. */
const maxUnsettledPerSession = 65_536;
const maxFrameSizeBytes = 64 * 1024;
/** As Service Bus says it. */
const defaultIdleTimeOutMs = 240_000;
const defaultHandshakeTimeOutMs = 60_000;
/** Service Bus takes 5,000 sessions on a connection. */
const maxChannel = 4999;

/** @throws Error naming the port when it is taken; StoreError when the state cannot be read */
export async function startAmqpServer({
  store,
  topology,
  port,
  clock = systemClock,
  waitClock = clock,
  handshakeTimeOutMs = defaultHandshakeTimeOutMs,
  idleTimeOutMs = defaultIdleTimeOutMs,
}: AmqpServerOptions): Promise<AmqpServer> {
  const connections = new Map<Connection, Peer>();
  const sources = { newLockToken: randomUUID, readRuleFields, writeRuleFields };
  const dispatcher = createDispatcher(
    () => broker,
    ({ message, lock }) => encodeDelivery(message, lock),
  );
  const onReset = (error: unknown) => {
    console.error('local Service Bus: the store refused a commit; every connection starts again.', error);
    for (const connection of connections.keys()) endConnection(connection, 'The local Service Bus starts again.');
  };
  const broker: DurableBroker = await openDurableBroker({
    store,
    clock,
    sources,
    definition: topology.serviceBus,
    onReadied: (mailboxKeys) => dispatcher.pumpSoon(mailboxKeys),
    onSessionsLost: (sessions) => sessions.forEach((session) => dispatcher.loseSession(session)),
    onReset,
  });
  const readers = createReaderTable();
  const logs = await openDurableLogs({
    store,
    clock,
    waitClock,
    definitions: topology.eventHubs.hubs,
    encode: encodeEvent,
    onReadable: (log) => readers.pump(log),
    onReset,
  });
  const container = rhea.create_container({ id: `millrace-${randomUUID()}` });
  allowEverybody(container);
  serveConnections(container, connections, { store, broker, logs, readers, dispatcher, clock, waitClock });
  const sockets = new Set<Socket>();
  const limits = { maxFrameSizeBytes, handshakeTimeOutMs, maxChannel };
  const options = connectionOptions(idleTimeOutMs);
  const server = await listen(port, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    acceptConnection(container, socket, { options, limits });
  });
  return {
    port: (server.address() as AddressInfo).port,
    isIdle: () => broker.look(({ mailboxes }) => [...mailboxes.values()].every(({ locks }) => locks.size === 0)),
    async close() {
      const closed = once(server, 'close');
      server.close();
      const open = new Set(Array.from(connections.keys(), socketOf));
      for (const connection of connections.keys()) endConnection(connection, 'The local Service Bus is ending.');
      for (const socket of sockets) if (!open.has(socket)) socket.destroy();
      broker.close();
      logs.close();
      await closed;
    },
  };
}

type Container = ReturnType<typeof rhea.create_container>;

/**
 * SAS clients come without a password and prove themselves at $cbs; .NET clients call that MSSBCBS; others send key name and key.
 * Differs from Azure: whoever connects may give any name and key; the local Service Bus guards nothing.
 */
function allowEverybody(container: Container): void {
  const mechanisms = container.sasl_server_mechanisms;
  mechanisms.enable_anonymous();
  mechanisms['MSSBCBS'] = mechanisms['ANONYMOUS'];
  mechanisms.enable_plain(() => true);
  // Else a client could ask for a mechanism of the name of any method.
  Object.setPrototypeOf(mechanisms, null);
}

function serveConnections(container: Container, connections: Map<Connection, Peer>, serving: Serving): void {
  const peerOf = (connection: Connection) => {
    const peer = connections.get(connection) ?? newPeer(`connection-${randomUUID()}`);
    connections.set(connection, peer);
    return peer;
  };
  const end = (connection: Connection, how: End) => {
    const peer = connections.get(connection);
    if (!peer) return;
    connections.delete(connection);
    for (const listener of peer.onEnd) listener(how);
    if (how === 'vanished') freeLocks(serving.broker, peer.id);
  };
  container.on('connection_open', ({ connection }: { connection: Connection }) => {
    peerOf(connection);
    writeOnceATick(connection);
    answerPromptly(connection);
    socketOf(connection).once('close', () => {
      stopHeartbeats(connection);
      end(connection, 'vanished');
    });
  });
  container.on('session_open', ({ session }: { session: Session }) => {
    keepSessionRules(session);
    prepareSession(session);
  });
  container.on('receiver_open', ({ connection, receiver }: { connection: Connection; receiver: Receiver }) =>
    serveIncoming(serving, peerOf(connection), receiver),
  );
  container.on('sender_open', ({ connection, sender }: { connection: Connection; sender: Sender }) =>
    serveOutgoing(serving, peerOf(connection), sender),
  );
  container.on('connection_close', ({ connection }: { connection: Connection }) => end(connection, 'closed'));
  // A socket that closes says it all. Clients end links, sessions and connections with errors, too; without listeners rhea would throw them.
  for (const event of [
    'disconnected',
    'receiver_error',
    'sender_error',
    'session_error',
    'connection_error',
    'protocol_error',
  ])
    container.on(event, () => undefined);
  container.on('error', (error: unknown) => console.error('local Service Bus: a connection failed.', error));
}

function serveIncoming({ broker, logs }: Serving, peer: Peer, link: Receiver): void {
  if (!admit(link, () => checkTermini(link))) return;
  const address = parseAddress(link.target?.address);
  if (address.kind === 'cbs') return openRequestLink(peer, link, respondToCbs);
  const { path } = address;
  if (address.kind === 'management') {
    if (path === '' || logs.has(path)) return openRequestLink(peer, link, respondForHubs(logs));
    const check = () => void broker.look((state) => mailboxAt(state, path));
    return openRequestLink(peer, link, respondToManagement({ broker, path, owner: peer.id }), check);
  }
  const publisher = parsePublisherPath(path);
  if (publisher && (publisher.partitionId !== undefined || logs.has(publisher.hub)))
    return openPublisherLink(logs, link, publisher);
  openIncomingLink(broker, link, path);
}

function serveOutgoing({ clock, waitClock, ...serving }: Serving, peer: Peer, link: Sender): void {
  if (!admit(link, () => checkTermini(link))) return;
  const address = parseAddress(link.source?.address);
  if (address.kind !== 'entity') return openReplyLink(peer, link);
  const { path } = address;
  const consumer = parseConsumerPath(path);
  if (consumer) return openConsumerLink({ ...serving, clock, peer, link, address: consumer });
  const given = { ...serving, peer, link, path };
  if (asksForSession(link)) openSessionLink({ ...given, clock: waitClock });
  else openOutgoingLink(given);
}

function freeLocks(broker: DurableBroker, owner: string): void {
  broker.run((state, turn) => vanish(state, turn, owner)).catch(() => undefined);
}

function endConnection(connection: Connection, description: string): void {
  connection.close({ condition: 'amqp:connection:forced', description });
  awaitFarewell(socketOf(connection));
}

function connectionOptions(idleTimeOutMs: number): ConnectionOptions {
  return {
    max_frame_size: maxFrameSizeBytes,
    channel_max: maxChannel,
    idle_time_out: idleTimeOutMs,
    session_buffer_size: { incoming: 2048, outgoing: maxUnsettledPerSession },
    receiver_options: { autoaccept: false, credit_window: 1000 },
    sender_options: { treat_modified_as_released: false },
  } as unknown as ConnectionOptions;
}

async function listen(port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, accept).listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `Port ${port} is taken: the local Service Bus (AMQP) cannot listen there. Free it or choose another port.`,
      { cause: error },
    );
  }
  return server;
}
