// Peers that are no Service Bus SDK: other AMQP clients, and those that speak something else.
import { once } from 'node:events';
import { connect } from 'node:net';
import rhea from 'rhea';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';

describe('the AMQP listener', () => {
  let bus: LocalServiceBus;
  beforeAll(async () => {
    bus = await startServiceBus({ serviceBus: { queues: [{ name: 'q' }, { name: 'released' }] } });
  });
  afterAll(() => bus[Symbol.asyncDispose]());

  it.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['noise', Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256))],
    ['an AMQP header and noise', Buffer.concat([Buffer.from('AMQP\0\x01\0\0'), Buffer.alloc(64, 0x2a)])],
  ])('closes a connection that sends %s and serves the others', async (_, bytes) => {
    const socket = connect(bus.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    socket.resume().end(bytes);
    await closed;
    await bus.client.createSender('q').sendMessages({ body: 'still there' });
    const receiver = bus.client.createReceiver('q', { receiveMode: 'receiveAndDelete' });
    expect((await receiveOne(receiver)).body).toBe('still there');
  });

  it('serves a plain AMQP 1.0 client and puts a message that it releases back, uncounted', async () => {
    await bus.client.createSender('released').sendMessages({ body: 'x', messageId: 'm-1' });
    const container = rhea.create_container();
    const connection = container.connect({ host: '127.0.0.1', port: bus.port, reconnect: false });
    connection.open_receiver({ source: 'released', autoaccept: false, credit_window: 1 });
    const deliveries: unknown[] = [];
    const done = Promise.withResolvers<void>();
    container.on('message', ({ message, delivery }: { message: rhea.Message; delivery: rhea.Delivery }) => {
      deliveries.push([message.message_id, message.delivery_count]);
      if (deliveries.length === 1) return delivery.release();
      delivery.accept();
      done.resolve();
    });
    await done.promise;
    connection.close();
    await once(container, 'connection_close');
    expect(deliveries).toEqual([
      ['m-1', 0],
      ['m-1', 0],
    ]);
  });
});
