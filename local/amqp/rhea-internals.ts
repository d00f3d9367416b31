// The parts of rhea 3.0.5 that a broker needs and its typings do not show, in one place. The version is pinned.
import type { Socket } from 'node:net';
import rhea from 'rhea';
import './bounded-reader.ts';
import { isCongested, maxWaitingDeliveries } from './congestion.ts';
import type { Connection, Delivery, link as Link, Receiver, Sender, Session, Typed } from 'rhea';

/** Sections and lists as rhea reads them: typed values that keep their descriptor. */
export interface AmqpReader {
  read(): Typed;
  remaining(): number;
}

export interface AmqpWriter {
  write(value: Typed): void;
  toBuffer(): Buffer;
}

interface Types {
  readonly Reader: new (buffer: Buffer) => AmqpReader;
  readonly Writer: new () => AmqpWriter;
  readonly Map32: (items: Typed[]) => Typed;
}

const internals = rhea.types as unknown as Types;

export const amqpReader = (bytes: Buffer): AmqpReader => new internals.Reader(bytes);
export const amqpWriter = (): AmqpWriter => new internals.Writer();
export const typedMap = (items: Typed[]): Typed => internals.Map32(items);

interface Attach {
  source: unknown;
  target: unknown;
  snd_settle_mode: number;
  rcv_settle_mode: number;
  max_message_size: number;
  properties: Record<string, unknown>;
  desired_capabilities: string | readonly string[] | null | undefined;
}

interface LinkInternals {
  readonly local: { readonly attach: Attach };
  readonly remote: { readonly attach: Attach };
  readonly state: { local_open: boolean; open_requests: number };
  readonly credit: number;
  readonly delivery_count: number;
  readonly _draining: boolean;
  readonly connection: { _register(): void };
}

function internalsOf(link: Link): LinkInternals {
  return link as unknown as LinkInternals;
}

/** What this side will say in its attach, until the end of the tick in which the peer's arrived. */
export function localAttach(link: Link): Attach {
  return internalsOf(link).local.attach;
}

/** Answers with the terminus and modes the peer asked for, as Service Bus does. */
export function echoAttach(link: Link): void {
  const { local, remote } = internalsOf(link);
  for (const field of ['source', 'target', 'snd_settle_mode', 'rcv_settle_mode'] as const)
    Object.assign(local.attach, { [field]: remote.attach[field] });
}

/** Names of the extensions the peer would like. */
export function desiredCapabilities(link: Link): readonly string[] {
  return [internalsOf(link).remote.attach.desired_capabilities ?? []].flat();
}

/** Keeps the attach back until `link.open()`. To be called in the tick in which the peer's arrived. */
export function delayAttach(link: Link): void {
  const { state } = internalsOf(link);
  state.local_open = false;
  state.open_requests = 0;
}

/**
 * How many messages the peer has allowed on this link since it was attached. `link.credit` alone lags: it falls only
 * when rhea gets to write what was sent.
 */
export function allowedDeliveries(link: Sender): number {
  const { credit, delivery_count } = internalsOf(link);
  return credit + delivery_count;
}

export function isDraining(link: Sender): boolean {
  return internalsOf(link)._draining;
}

/** Gives the peer its unused credit back, and says so even when there is none left: it waits for the word. */
export function drain(link: Sender): void {
  const internal = link as unknown as { credit: number; delivery_count: number; _get_drain: () => boolean };
  internal._get_drain = () => {
    internal.delivery_count += internal.credit;
    internal.credit = 0;
    internal._get_drain = () => false;
    return true;
  };
  link.set_drained(true);
  internalsOf(link).connection._register();
}

interface Outgoing {
  readonly next_delivery_id: number;
  readonly next_pending_delivery: number;
  available(): number;
  transfer_window(): number;
}

/**
 * How many more messages the session takes: a delivery beyond the ring of unsettled ones throws, one beyond the peer's
 * window would wait here, locked, and a peer that does not read would have all of them wait here. A message of several frames
 * counts as one; the rest of it waits.
 */
export function roomForDeliveries(session: Session): number {
  if (isCongested(socketOf(session.connection))) return 0;
  const { outgoing } = session as unknown as { outgoing: Outgoing };
  const waiting = outgoing.next_delivery_id - outgoing.next_pending_delivery;
  return Math.min(outgoing.available(), outgoing.transfer_window() - waiting, maxWaitingDeliveries - waiting);
}

/** Settles with an outcome and frees the delivery's place, also where the receiver settles second and never says so. */
export function settleDelivery(delivery: Delivery, outcome: unknown): void {
  delivery.update(true, outcome);
  (delivery as { remote_settled: boolean }).remote_settled = true;
}

export function socketOf(connection: Connection): Socket {
  return connection['socket'] as Socket;
}

/** rhea does so only when the peer says that it ends; on a socket that was destroyed its timers would go on. */
export function stopHeartbeats(connection: Connection): void {
  clearTimeout(connection['heartbeat_in'] as NodeJS.Timeout | undefined);
  clearTimeout(connection['heartbeat_out'] as NodeJS.Timeout | undefined);
}

interface ConnectionInternals {
  _process(): void;
  _write_close(): void;
  output(): void;
  readonly transport: { has_writes_pending(): boolean };
}

/** rhea writes every frame by itself, and moves a timer for each: here, all that one tick gives rise to goes out together. */
export function writeOnceATick(connection: Connection): void {
  const target = connection as unknown as ConnectionInternals;
  const process = target._process.bind(target);
  const output = target.output.bind(target);
  const writeClose = target._write_close.bind(target);
  const socket = socketOf(connection);
  let isGathering = false;
  target.output = () => {
    if (isGathering) return;
    socket.cork();
    output();
    socket.uncork();
  };
  // rhea takes the error off the close when it has called for it to be written.
  target._write_close = () => {
    isGathering = false;
    writeClose();
  };
  target._process = () => {
    // One that ends says so by itself: the SDK never sends again when the close comes in one piece with what was before it.
    isGathering = connection.is_open();
    process();
    isGathering = false;
    if (target.transport.has_writes_pending()) target.output();
  };
}

/** An empty frame: a heartbeat, and a carrier for the TCP acknowledgement. */
export function writeEmptyFrame(connection: Connection): void {
  (connection as unknown as { _write_frame(channel: number): void })._write_frame(0);
}

const rawFormat = 0x7f_ff_ff_ff;
const flowEvent = 'millrace_flow';

interface SessionInternals {
  on_transfer(frame: { performative: { message_format: number | null | undefined } }): void;
  on_flow(frame: unknown): void;
}

/**
 * Makes rhea hand over messages as bytes: it decodes those of format 0 entirely, so they get another one on their way in;
 * `formatOf` tells what it was. And makes it tell of flow that is meant for the whole session: see `onFlow`.
 */
export function prepareSession(session: Session): void {
  const target = session as unknown as SessionInternals;
  const takeTransfer = target.on_transfer.bind(target);
  const takeFlow = target.on_flow.bind(target);
  target.on_transfer = (frame) => {
    if (!frame.performative.message_format) frame.performative.message_format = rawFormat;
    takeTransfer(frame);
  };
  let isTold = false;
  target.on_flow = (frame) => {
    takeFlow(frame);
    if (isTold) return;
    isTold = true;
    queueMicrotask(() => {
      isTold = false;
      session.emit(flowEvent);
    });
  };
  // One listener for each link.
  session.setMaxListeners(0);
}

/** Runs when the peer may have given a link credit or the session room, once for all that came together. Returns how to stop it. */
export function onFlow(session: Session, run: () => void): () => void {
  session.on(flowEvent, run);
  return () => session.off(flowEvent, run);
}

/** To all links of a connection: there may be room again. */
export function tellFlow(connection: Connection): void {
  const { local_channel_map } = connection as unknown as { local_channel_map: Readonly<Record<number, Session>> };
  for (const session of Object.values(local_channel_map)) session.emit(flowEvent);
}

/** Message format of a batch. */
export const batchFormat = 0x80_01_37_00;

export function formatOf(delivery: Delivery): number {
  return delivery.format === rawFormat ? 0 : delivery.format;
}

export type { Connection, Delivery, Link, Receiver, Sender, Session, Typed };
