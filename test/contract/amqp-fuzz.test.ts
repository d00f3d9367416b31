// Damaged conversations: what an SDK says to the listener, recorded here, comes again with bytes changed, cut, doubled, swapped.
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalAmqp, startAmqp } from '../support/amqp-server.ts';
import { connectionString } from '../support/service-bus.ts';

const rounds = 20;
const conversationsPerRound = 40;

describe('the AMQP listener under damaged conversations', () => {
  let amqp: LocalAmqp;
  let chunks: Buffer[];
  beforeAll(async () => {
    amqp = await startAmqp([{ name: 'q' }, { name: 'probe' }], { handshakeTimeOutMs: 300, idleTimeOutMs: 5000 });
    chunks = await record(amqp.port);
  });
  afterAll(() => amqp[Symbol.asyncDispose]());

  it.each(Array.from({ length: rounds }, (_, round) => round))('still serves others after round %i', async (round) => {
    // What fails inside rhea on broken frames is reported there; here it would only be noise.
    const report = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const random = randomOf(round + 1);
    await Promise.all(Array.from({ length: conversationsPerRound }, () => play(amqp.port, damaged(chunks, random))));
    await amqp.exchange('probe');
    report.mockRestore();
    expect(process.memoryUsage().rss).toBeLessThan(1.5e9);
  });
});

/** All that a client says while it sends, receives, settles, peeks and schedules. */
async function record(port: number): Promise<Buffer[]> {
  const said: Buffer[] = [];
  const relay = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    socket
      .on('data', (bytes: Buffer) => said.push(bytes))
      .pipe(upstream)
      .pipe(socket);
    for (const end of [socket, upstream]) end.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const client = new ServiceBusClient(connectionString((relay.address() as { port: number }).port));
  const sender = client.createSender('q');
  const receiver = client.createReceiver('q');
  await sender.sendMessages(['a', 'b', 'c'].map((body) => ({ body, applicationProperties: { n: 1 } })));
  await sender.scheduleMessages({ body: 'later' }, new Date(Date.now() + 1e6));
  await receiver.peekMessages(2);
  const [first, second, third] = await receiver.receiveMessages(3, { maxWaitTimeInMs: 2000 });
  if (first) await receiver.completeMessage(first);
  if (second) await receiver.abandonMessage(second, { tried: 1 });
  if (third) await receiver.deadLetterMessage(third);
  await client.close();
  relay.close();
  return said;
}

function damaged(chunks: readonly Buffer[], random: () => number): Buffer[] {
  const copy = chunks.map((chunk) => Buffer.from(chunk));
  const below = (limit: number) => Math.floor(random() * limit);
  for (let damages = 1 + below(4); damages > 0; damages -= 1) {
    // Often behind the handshake, which lets little in.
    const at = random() < 0.2 ? below(4) : below(copy.length);
    const chunk = copy[at] ?? Buffer.alloc(0);
    const kind = below(6);
    if (kind <= 1 && chunk.length > 0) chunk[below(chunk.length)] = below(256);
    if (kind === 2) copy[at] = chunk.subarray(0, below(chunk.length + 1));
    if (kind === 3) copy.splice(at, 1);
    if (kind === 4) copy.splice(below(copy.length), 0, chunk);
    if (kind === 5 && chunk.length > 8)
      chunk.writeUInt32BE(below(2) ? below(2 ** 32) : below(200), below(chunk.length - 4));
  }
  return copy;
}

async function play(port: number, chunks: readonly Buffer[]): Promise<void> {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  for (const chunk of chunks) {
    if (socket.destroyed) break;
    socket.write(chunk);
    await new Promise(setImmediate);
  }
  socket.end();
  await closed;
}

/** Mulberry32: the same conversations in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
