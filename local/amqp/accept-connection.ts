// Stands between a socket and rhea, which would collect a frame of any announced size, take up what pipelines its SASL
// layer wrongly, write without end to a peer that does not read, and leave a connection that failed without a word.
import type { Socket } from 'node:net';
import type { ConnectionOptions, Container } from 'rhea';
import { findFrames, type Protocol, protocolHeader, protocolOf, protocols } from './framing.ts';
import { checkFields, type PerformativeName, performativeNames } from './performative-fields.ts';
import { isCongested } from './congestion.ts';
import { type Connection, tellFlow } from './rhea-internals.ts';
import { Violation } from './violation.ts';

export interface ConnectionLimits {
  readonly maxFrameSizeBytes: number;
  /** Within this time the connection has to be open. */
  readonly handshakeTimeOutMs: number;
  /** A channel is the number of a session. */
  readonly maxChannel: number;
}

interface SaslLayer {
  readonly outcome: number | undefined;
  readonly transport: { readonly read_complete: boolean };
}

interface Frame {
  readonly channel: number;
  readonly performative: {
    value: (Parameters<typeof checkFields>[1][number] | undefined)[];
    max_frame_size?: number;
    idle_time_out?: number;
  };
}

interface Guarded extends Readonly<Record<`on_${PerformativeName}`, (frame: Frame) => void>> {
  input(bytes: Buffer): void;
  accept(socket: Socket): void;
  idle(): void;
  is_remote_open(): boolean;
  _process(): void;
  readonly sasl_transport: { readonly transports: Readonly<Record<number, SaslLayer>> };
  readonly remote_channel_map: Readonly<Record<number, { readonly state: { readonly remote_open: boolean } }>>;
}

const headerBytes = 8;
const saslOk = 0;
const smallestMaxFrameSizeBytes = 512;
/** What a timer takes; clients that want no heartbeats say the largest number there is. */
const longestIdleTimeOutMs = 2 ** 31 - 1;
/** A peer that was told to go has this long to close its side. */
const farewellMs = 1000;

/** Serves a socket that came in, as long as its peer keeps to the protocol. */
export function acceptConnection(
  container: Container,
  socket: Socket,
  { options, limits }: { readonly options: ConnectionOptions; readonly limits: ConnectionLimits },
): void {
  const connection = (
    container as unknown as { create_connection(o: ConnectionOptions): Connection }
  ).create_connection(options);
  const guarded = connection as unknown as Guarded;
  const giveUp = (error: unknown) => leave(connection, socket, error);
  // As Service Bus says it. Told rhea's own condition, resource-limit-exceeded, the SDKs would not connect again.
  guarded.idle = () => giveUp(new Violation('amqp:connection:forced', 'The connection was silent for too long.'));
  guarded._process = caught(guarded._process.bind(guarded), giveUp);
  // rhea ends the socket right behind these events.
  for (const event of ['protocol_error', 'error']) connection.on(event, giveUp);
  guardPerformatives(guarded, limits);
  const takeIn = guarded.input.bind(guarded);
  guarded.input = createInput({ socket, guarded, limits, takeIn, giveUp });
  guarded.accept(socket);
  socket.on('drain', () => {
    socket.resume();
    tellFlow(connection);
  });
  const handshake = setTimeout(() => {
    if (!connection.is_remote_open()) socket.destroy();
  }, limits.handshakeTimeOutMs);
  socket.once('close', () => clearTimeout(handshake));
}

function createInput(given: {
  readonly socket: Socket;
  readonly guarded: Guarded;
  readonly limits: ConnectionLimits;
  readonly takeIn: (bytes: Buffer) => void;
  readonly giveUp: (error: unknown) => void;
}): (chunk: Buffer) => void {
  const { socket, guarded, limits, takeIn, giveUp } = given;
  let chunks: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = headerBytes;
  let protocol: Protocol | undefined;
  let isHeaderNext = true;
  let isSettlingSasl = false;

  const sasl = () => guarded.sasl_transport.transports[protocols.sasl] as SaslLayer;

  function keep(bytes: Buffer, needed: number): void {
    chunks = bytes.length > 0 ? [bytes] : [];
    waitingBytes = bytes.length;
    neededBytes = needed;
  }

  function look(): void {
    let bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    if (isHeaderNext) {
      if (!takeHeader(bytes)) return;
      bytes = bytes.subarray(headerBytes);
    }
    const frames = findFrames(bytes, limits.maxFrameSizeBytes);
    keep(bytes.subarray(frames.endsAt), frames.neededBytes);
    isHeaderNext = frames.isHeaderNext;
    if (frames.endsAt > 0) pass(bytes.subarray(0, frames.endsAt));
    if (isHeaderNext) settleSasl();
  }

  /** The peer asks for what it wants and is told what it can have. [AMQP 1.0 §2.2] */
  function takeHeader(bytes: Buffer): boolean {
    const header = bytes.subarray(0, headerBytes);
    const asked = protocolOf(header);
    const canHave = protocol === undefined ? asked !== undefined : asked === protocols.amqp;
    if (!canHave) {
      socket.end(protocolHeader(protocol === undefined ? protocols.sasl : protocols.amqp));
      giveUp(undefined);
      return false;
    }
    protocol = asked;
    isHeaderNext = false;
    pass(header);
    return true;
  }

  /** A client may send its header and frames without waiting for the outcome, which takes rhea some microtasks. [AMQP 1.0 §5.3] */
  function settleSasl(): void {
    if (protocol !== protocols.sasl) throw new Violation('amqp:connection:framing-error', 'The header came twice.');
    if (sasl().transport.read_complete) return look();
    if (isSettlingSasl) return;
    isSettlingSasl = true;
    setImmediate(() => {
      isSettlingSasl = false;
      if (sasl().transport.read_complete) tryLook();
      else socket.end();
    });
  }

  function pass(bytes: Buffer): void {
    takeIn(bytes);
    if (protocol === protocols.sasl && (sasl().outcome ?? saslOk) !== saslOk) socket.end();
    // Who does not read the answers is not read, either.
    if (isCongested(socket)) socket.pause();
  }

  const tryLook = caught(look, giveUp);
  return (chunk) => {
    if (socket.writableEnded) return;
    chunks.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes >= neededBytes && !isSettlingSasl) tryLook();
  };
}

function guardPerformatives(guarded: Guarded, { maxChannel }: ConnectionLimits): void {
  const endedChannels = new Set<number>();
  for (const name of performativeNames) {
    const take = guarded[`on_${name}`].bind(guarded);
    Object.assign(guarded, {
      [`on_${name}`]: (frame: Frame) => {
        checkFields(name, frame.performative.value);
        if (name === 'open') checkOpen(frame);
        else if (!guarded.is_remote_open())
          throw new Violation('amqp:not-allowed', `An open must come before ${name}.`);
        if (name === 'begin') {
          checkChannel(guarded, frame, maxChannel);
          endedChannels.delete(frame.channel);
        }
        // rhea answers a detach that crossed its end. Told that this is an error, the SDKs would not connect again.
        if (name === 'detach' && endedChannels.has(frame.channel)) return;
        take(frame);
        if (name === 'end') endedChannels.add(frame.channel);
      },
    });
  }
}

function checkOpen({ performative }: Frame): void {
  if ((performative.max_frame_size ?? smallestMaxFrameSizeBytes) < smallestMaxFrameSizeBytes)
    throw new Violation('amqp:not-allowed', `The max-frame-size must be ${smallestMaxFrameSizeBytes} or more.`);
  if ((performative.idle_time_out ?? 0) > longestIdleTimeOutMs) performative.idle_time_out = longestIdleTimeOutMs;
}

/** [AMQP 1.0 §2.7.1 channel-max] */
function checkChannel({ remote_channel_map }: Guarded, { channel }: Frame, maxChannel: number): void {
  if (channel > maxChannel)
    throw new Violation('amqp:connection:framing-error', `The highest channel is ${maxChannel}, not ${channel}.`);
  if (remote_channel_map[channel]?.state.remote_open)
    throw new Violation('amqp:not-allowed', `The session on channel ${channel} has begun already.`);
}

function caught(run: () => void, giveUp: (error: unknown) => void): () => void {
  return () => {
    try {
      run();
    } catch (error) {
      giveUp(error);
    }
  };
}

/** Says why, where the peer has come so far as to understand it, and closes. [AMQP 1.0 §2.4.5] */
function leave(connection: Connection, socket: Socket, error: unknown): void {
  if (!socket.writableEnded) {
    const { condition, description } = toClose(error);
    connection.open();
    connection.close({ condition, description });
    try {
      Object.getPrototypeOf(connection)._process.call(connection);
    } catch (again) {
      console.error('local Service Bus: a connection could not be closed.', again);
    }
    socket.end();
  }
  awaitFarewell(socket);
}

/** The peer was told to go: it reads that, answers and closes. */
export function awaitFarewell(socket: Socket): void {
  const farewell = setTimeout(() => socket.destroy(), farewellMs);
  socket.once('close', () => clearTimeout(farewell));
}

/** rhea's own errors are about what the peer did, too; those of the language are ours, unless bytes ran out under the decoder. */
function toClose(error: unknown): { condition: string; description: string } {
  const description = error instanceof Error ? error.message : String(error);
  if (error instanceof Violation) return { condition: error.condition, description };
  if (error instanceof RangeError) return { condition: 'amqp:decode-error', description: 'A frame cannot be read.' };
  if (error instanceof TypeError) console.error('local Service Bus: a connection failed.', error);
  return { condition: 'amqp:connection:framing-error', description };
}
