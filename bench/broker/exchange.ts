// One rhea client for every server: messages through a queue, each acknowledged by the server and then by the receiver. What
// comes out is checked: every message once.
import { once } from 'node:events';
import rhea from 'rhea';
import type { Run } from '../pairs.ts';
import type { Server } from './servers.ts';

export interface ExchangeOptions {
  readonly address: string;
  /** RabbitMQ asks for one. */
  readonly password?: string;
  readonly messages: number;
  readonly bodyBytes: number;
  /** So many links send and so many receive. */
  readonly links: number;
  /** Asks the server to keep the messages on disk. */
  readonly isDurable: boolean;
  readonly onReceived?: (count: number) => void;
}

/** Sent but not acknowledged, on one link. */
const maxInFlight = 500;
const indexBytes = 4;

export async function exchange(server: Server, options: ExchangeOptions): Promise<Run> {
  const { messages, links } = options;
  const connection = rhea.create_container().connect({
    host: '127.0.0.1',
    port: server.port,
    username: 'guest',
    ...(options.password !== undefined && { password: options.password }),
    reconnect: false,
    tcp_no_delay: true,
  } as rhea.ConnectionOptions);
  await once(connection, 'connection_open');
  const begun = performance.now();
  const cpuMs = server.cpuMs();
  const seen = new Uint8Array(messages);
  await new Promise<void>((resolve, reject) => {
    let open = 2;
    const end = () => (open -= 1) === 0 && resolve();
    receive(connection, options, seen, end, reject);
    send(connection, options, end);
    for (const event of ['disconnected', 'connection_error', 'sender_error', 'receiver_error', 'rejected'])
      connection.on(event, (context: object) => reject(new Error(`${event}: ${errorOf(context)}`)));
  });
  const run = { units: messages, wallMs: performance.now() - begun, cpuMs: server.cpuMs() - cpuMs };
  connection.removeAllListeners('disconnected');
  connection.on('disconnected', () => undefined);
  connection.close();
  await once(connection, 'connection_close');
  if (seen.some((count) => count !== 1))
    throw new Error(`of ${messages} messages on ${links} links some did not come once`);
  return run;
}

const errorOf = ({ error, sender, delivery }: Failure): string =>
  error instanceof Error ? error.message : JSON.stringify(sender?.error ?? delivery?.remote_state);

interface Failure {
  readonly error?: unknown;
  readonly sender?: { readonly error?: unknown };
  readonly delivery?: { readonly remote_state?: unknown };
}

function send(connection: rhea.Connection, options: ExchangeOptions, end: () => void): void {
  const { address, messages, bodyBytes, links, isDurable } = options;
  const template = rhea.message.encode({
    durable: isDurable,
    body: rhea.message.data_section(Buffer.alloc(bodyBytes)),
  });
  let next = 0;
  let acknowledged = 0;
  for (let link = 0; link < links; link += 1) {
    let inFlight = 0;
    const sender = connection.open_sender({ target: { address } });
    const fill = () => {
      while (inFlight < maxInFlight && next < messages && sender.sendable()) {
        const message = Buffer.from(template);
        message.writeUInt32BE(next, message.length - indexBytes);
        sender.send(message, Buffer.from(String(next)), 0);
        next += 1;
        inFlight += 1;
      }
    };
    sender.on('sendable', fill);
    sender.on('accepted', () => {
      inFlight -= 1;
      acknowledged += 1;
      if (acknowledged === messages) end();
      if (inFlight <= maxInFlight / 2) fill();
    });
  }
}

function receive(
  connection: rhea.Connection,
  { address, messages, links, onReceived }: ExchangeOptions,
  seen: Uint8Array,
  end: () => void,
  fail: (error: Error) => void,
): void {
  let received = 0;
  for (let link = 0; link < links; link += 1) {
    const receiver = connection.open_receiver({ source: { address }, credit_window: maxInFlight });
    receiver.on('message', ({ message }: { message: { body: { content: Buffer } } }) => {
      const { content } = message.body;
      const index = content.readUInt32BE(content.length - indexBytes);
      if (seen[index] !== 0) fail(new Error(`message ${index} came twice, or nobody sent it`));
      seen[index] = 1;
      received += 1;
      onReceived?.(received);
      if (received === messages) end();
    });
  }
}
