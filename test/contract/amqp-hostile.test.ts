// Clients that break the rules, or only lean on them: the listener stays up, its memory bounded, and others are served.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AmqpPeer, flow } from '../support/amqp-peer.ts';
import { type LocalAmqp, startAmqp } from '../support/amqp-server.ts';
import { startServiceBus } from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

const kilobytes = (bytes: number) => Math.round(bytes / 1024);

describe('the AMQP listener', () => {
  let amqp: LocalAmqp;
  beforeEach(async () => {
    amqp = await startAmqp([{ name: 'q' }, { name: 'other' }, { name: 'large' }], { handshakeTimeOutMs: 2000 });
  });
  afterEach(() => amqp[Symbol.asyncDispose]());

  it('serves one more client beside 1,000 connections', async () => {
    const before = process.memoryUsage().rss;
    const peers = Array.from({ length: 1000 }, () => new AmqpPeer(amqp.port).begin());
    await waitFor('all of them to begin', () => peers.every((peer) => peer.of('begin').length === 1));
    const cost = kilobytes((process.memoryUsage().rss - before) / 1000);
    await amqp.exchange('q');
    for (const peer of peers) peer[Symbol.dispose]();
    // Both ends of each connection are in this process.
    expect(cost, `${cost} KiB a connection`).toBeLessThan(300);
  });

  it('serves others beside 500 connections that say nothing, and drops those', async () => {
    const sockets = await Promise.all(Array.from({ length: 500 }, () => silent(amqp.port)));
    await amqp.exchange('q');
    const ends = await Promise.all(sockets.map((socket) => once(socket.resume(), 'close')));
    expect(ends).toHaveLength(500);
  });

  it('fault 22: serves other links of the session beside one that leaves 3,000 messages unsettled', async () => {
    using client = new AmqpPeer(amqp.port).begin({});
    const sender = amqp.connect().open_sender('q');
    let sent = 0;
    sender.on('sendable', () => {
      while (sent < 3000 && sender.sendable()) sender.send({ message_id: `m${sent++}`, body: 'x' });
    });
    const window = { incoming_window: 10_000, link_credit: 5000, delivery_count: 0 };
    client
      .attachReceiver('q', 0)
      .attachReceiver('other', 1)
      .send(flow({ handle: 0, ...window }), flow({ handle: 1, ...window }));
    await client.next('transfer', 2999);
    const other = amqp.connect().open_sender('other');
    other.once('sendable', () => other.send({ body: 'through' }));
    await waitFor('the other link', () => client.of('transfer').some(({ fields }) => fields['handle'] === 1));
    expect(client.of('detach')).toHaveLength(0);
  });

  it('gives a client that does not read no more than it can hold, and serves others', async () => {
    const count = 200;
    const sender = amqp.connect().open_sender('large');
    let sent = 0;
    let accepted = 0;
    sender.on('sendable', () => {
      while (sent < count && sender.sendable()) sender.send({ message_id: `m${sent++}`, body: Buffer.alloc(200_000) });
    });
    sender.on('accepted', () => (accepted += 1));
    await waitFor('all to be sent', () => accepted === count);
    using reader = new AmqpPeer(amqp.port);
    reader.begin().attachReceiver('large', 0, { snd_settle_mode: 1 });
    await reader.next('attach');
    reader.socket.pause();
    const before = process.memoryUsage().arrayBuffers;
    reader.send(flow({ handle: 0, delivery_count: 0, link_credit: 5000 }));
    await amqp.exchange('q');
    await amqp.exchange('q');
    const grown = kilobytes(process.memoryUsage().arrayBuffers - before);
    reader.socket.resume();
    const whole = () => reader.of('transfer').filter(({ fields }) => !fields['more']).length === count;
    await waitFor('all to come once it reads', whole);
    expect(grown, `${grown} KiB`).toBeLessThan(150_000);
  });

  it('does not read a client that does not read its answers', async () => {
    using client = new AmqpPeer(amqp.port).begin();
    await client.next('begin');
    client.socket.pause();
    const echo = flow({ echo: true });
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => echo));
    for (let round = 0; round < 60; round += 1) client.send(many);
    await amqp.exchange('q');
    await waitFor('what it sends to stay with it', () => client.socket.writableLength > 1024 * 1024);
    expect(client.socket.destroyed).toBe(false);
  });
});

it('a Service Bus SDK goes on beside a client that breaks the rules', async () => {
  await using bus = await startServiceBus({ serviceBus: { queues: [{ name: 'q' }] } });
  const receiver = bus.client.createReceiver('q');
  const sender = bus.client.createSender('q');
  for (let round = 0; round < 5; round += 1) {
    using hostile = new AmqpPeer(bus.port).begin().send(Buffer.alloc(64, 0x2a));
    await sender.sendMessages({ body: round });
    const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    expect(message?.body).toBe(round);
    if (message) await receiver.completeMessage(message);
    await hostile.closed;
  }
});

async function silent(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
