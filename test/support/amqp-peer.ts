// An AMQP client that sends whatever frames it is told to, right or wrong, and keeps those it gets.
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import { waitFor } from './wait-for.ts';

export type Fields = Record<string, unknown>;

export interface Frame {
  readonly channel: number;
  readonly name: string;
  readonly fields: Readonly<Record<string, never>> & { readonly error?: { condition: string; description: string } };
  readonly payload: Buffer | undefined;
  readonly sizeBytes: number;
}

type PerformativeName =
  | 'open'
  | 'begin'
  | 'attach'
  | 'flow'
  | 'transfer'
  | 'disposition'
  | 'detach'
  | 'end'
  | 'close'
  | 'sasl_init';

interface RheaFrames extends Readonly<Record<PerformativeName, (fields: Fields) => unknown>> {
  amqp_frame(channel: number, performative: unknown, payload?: Buffer): unknown;
  sasl_frame(performative: unknown): unknown;
  write_frame(frame: unknown): Buffer;
  read_frame(bytes: Buffer): { channel: number; performative?: RheaPerformative; payload?: Buffer };
}

interface RheaPerformative {
  readonly constructor: { readonly descriptor: { readonly symbolic: string } };
}

const frames = createRequire(import.meta.url)('rhea/lib/frames.js') as RheaFrames;

export const headers = {
  amqp: Buffer.from('AMQP\0\x01\0\0', 'latin1'),
  sasl: Buffer.from('AMQP\x03\x01\0\0', 'latin1'),
  tls: Buffer.from('AMQP\x02\x01\0\0', 'latin1'),
} as const;

export function frame(name: PerformativeName, fields: Fields = {}, channel = 0, payload?: Buffer): Buffer {
  return frames.write_frame(frames.amqp_frame(channel, frames[name](fields), payload));
}

export function saslFrame(name: PerformativeName, fields: Fields): Buffer {
  return frames.write_frame(frames.sasl_frame(frames[name](fields)));
}

export const open = (fields: Fields = {}) => frame('open', { container_id: 'peer', ...fields });
export const begin = (channel = 0, fields: Fields = {}) =>
  frame('begin', { next_outgoing_id: 0, incoming_window: 2048, outgoing_window: 2048, ...fields }, channel);
export const flow = (fields: Fields, channel = 0) =>
  frame(
    'flow',
    { next_incoming_id: 0, incoming_window: 2048, next_outgoing_id: 0, outgoing_window: 2048, ...fields },
    channel,
  );

export class AmqpPeer implements Disposable {
  readonly socket: Socket;
  readonly received: Frame[] = [];
  /** Everything that came, protocol headers included. */
  readonly bytes: Buffer[] = [];
  readonly closed: Promise<unknown>;
  #rest = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true).on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('data', (bytes: Buffer) => this.#take(bytes));
  }

  send(...bytes: Buffer[]): this {
    this.socket.write(Buffer.concat(bytes));
    return this;
  }

  /** With no SASL layer: what most tests are not about. */
  begin(fields: Fields = {}): this {
    return this.send(headers.amqp, open(fields), begin());
  }

  /** Attaches as sender. */
  attachSender(address: string, handle = 0, fields: Fields = {}): this {
    return this.send(
      frame('attach', {
        name: `s-${handle}`,
        handle,
        role: false,
        ...termini(address),
        initial_delivery_count: 0,
        ...fields,
      }),
    );
  }

  attachReceiver(address: string, handle = 0, fields: Fields = {}): this {
    return this.send(frame('attach', { name: `r-${handle}`, handle, role: true, ...termini(address), ...fields }));
  }

  transfer(deliveryId: number, fields: Fields, payload?: Buffer): this {
    const delivery_tag = Buffer.from(String(deliveryId));
    return this.send(
      frame('transfer', { handle: 0, delivery_id: deliveryId, delivery_tag, message_format: 0, ...fields }, 0, payload),
    );
  }

  of(name: string): Frame[] {
    return this.received.filter((received) => received.name === name);
  }

  /** The n-th frame of this name, once it is there. */
  async next(name: string, index = 0): Promise<Frame> {
    return waitFor(
      `${name} ${index}, but got ${this.received.map((received) => received.name).join(' ')}`,
      () => this.of(name)[index],
      { timeoutMs: 10_000 },
    );
  }

  /** The condition the connection was closed with. */
  async condition(): Promise<string | undefined> {
    await this.closed;
    return this.of('close')[0]?.fields.error?.condition;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.bytes.push(bytes);
    let rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const isHeader = rest.toString('latin1', 0, 4) === 'AMQP';
      const sizeBytes = isHeader ? 8 : rest.length >= 4 ? rest.readUInt32BE(0) : 8;
      if (rest.length < sizeBytes) break;
      if (!isHeader) this.#read(rest.subarray(0, sizeBytes));
      rest = rest.subarray(sizeBytes);
    }
    this.#rest = rest;
  }

  #read(bytes: Buffer): void {
    const { channel, performative, payload } = frames.read_frame(bytes);
    const name = performative?.constructor.descriptor.symbolic.split(':')[1] ?? 'empty';
    this.received.push({ channel, name, fields: (performative ?? {}) as never, payload, sizeBytes: bytes.length });
  }
}

const rheaTypes = createRequire(import.meta.url)('rhea/lib/terminus.js') as Record<
  'source' | 'target',
  (fields: Fields) => { described(): unknown }
>;

function termini(address: string): Fields {
  return { source: rheaTypes.source({ address }).described(), target: rheaTypes.target({ address }).described() };
}
