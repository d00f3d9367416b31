// Sending, receiving and settling on a queue, by the real SDK.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEmpty, type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';

describe('a Service Bus queue', () => {
  let bus: LocalServiceBus;
  const names = [
    'plain',
    'properties',
    'abandoned',
    'poisoned',
    'deferred',
    'dead',
    'deleted',
    'batch',
    'big',
    'two',
    'many',
  ];

  beforeAll(async () => {
    const queues = names.map((name) => ({ name, properties: { maxDeliveryCount: 3 } }));
    bus = await startServiceBus({ serviceBus: { queues } });
  });
  afterAll(() => bus[Symbol.asyncDispose]());

  it('hands out what was sent, locked, and deletes it when it is completed', async () => {
    await bus.client.createSender('plain').sendMessages({ body: { total: 12 }, messageId: 'm-1' });
    const receiver = bus.client.createReceiver('plain');
    const message = await receiveOne(receiver);

    expect(message).toMatchObject({ body: { total: 12 }, messageId: 'm-1', deliveryCount: 0, state: 'active' });
    expect(message.lockedUntilUtc?.getTime()).toBeGreaterThan(Date.now() + 50_000);
    await receiver.completeMessage(message);
    expect(await isEmpty(receiver)).toBe(true);
    expect(await receiver.peekMessages(1)).toEqual([]);
  });

  it('keeps every property and the body as bytes', async () => {
    const body = Buffer.from([0, 1, 254, 255]);
    const sent = {
      body,
      messageId: 'p-1',
      correlationId: 'c-1',
      subject: 'PaymentCaptured',
      contentType: 'application/cloudevents+json',
      to: 'somewhere',
      replyTo: 'here',
      replyToSessionId: 'r-1',
      sessionId: 'kept-on-a-plain-queue',
      partitionKey: 'kept-on-a-plain-queue',
      timeToLive: 60_000,
      applicationProperties: { text: 'a', number: 1.5, flag: true, whole: 7 },
    };
    await bus.client.createSender('properties').sendMessages(sent);
    const message = await receiveOne(bus.client.createReceiver('properties', { skipParsingBodyAsJson: true }));

    expect(message).toMatchObject({ ...sent, body: expect.anything() as unknown });
    expect(Buffer.compare(message.body as Buffer, body)).toBe(0);
    expect(message.expiresAtUtc?.getTime()).toBe((message.enqueuedTimeUtc?.getTime() ?? 0) + 60_000);
  });

  it('gives a message without an id one', async () => {
    await bus.client.createSender('plain').sendMessages({ body: 'anonymous' });
    const receiver = bus.client.createReceiver('plain', { receiveMode: 'receiveAndDelete' });
    expect((await receiveOne(receiver)).messageId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('delivers an abandoned message again, with the changed properties and a higher count', async () => {
    const sender = bus.client.createSender('abandoned');
    await sender.sendMessages({ body: 1, applicationProperties: { kept: 'yes', attempt: 0 } });
    const receiver = bus.client.createReceiver('abandoned');
    await receiver.abandonMessage(await receiveOne(receiver), { attempt: 1 });
    const again = await receiveOne(receiver);

    expect(again.deliveryCount).toBe(1);
    expect(again.applicationProperties).toEqual({ kept: 'yes', attempt: 1 });
    await receiver.completeMessage(again);
  });

  it('moves a message to the dead letters after its last delivery', async () => {
    await bus.client.createSender('poisoned').sendMessages({ body: 'poison', messageId: 'bad' });
    const receiver = bus.client.createReceiver('poisoned');
    for (let delivery = 0; delivery < 3; delivery += 1) await receiver.abandonMessage(await receiveOne(receiver));

    expect(await isEmpty(receiver)).toBe(true);
    const dead = await receiveOne(bus.client.createReceiver('poisoned', { subQueueType: 'deadLetter' }));
    expect(dead).toMatchObject({ body: 'poison', messageId: 'bad', deadLetterReason: 'MaxDeliveryCountExceeded' });
  });

  it('keeps reason, description and properties of a dead-lettered message', async () => {
    await bus.client.createSender('dead').sendMessages({ body: 'x', applicationProperties: { kept: 1 } });
    const receiver = bus.client.createReceiver('dead');
    const reason = { deadLetterReason: 'order.invalid', deadLetterErrorDescription: 'no items', added: true };
    await receiver.deadLetterMessage(await receiveOne(receiver), reason);

    const deadLetters = bus.client.createReceiver('dead', { subQueueType: 'deadLetter' });
    const dead = await receiveOne(deadLetters);
    expect(dead.deadLetterReason).toBe('order.invalid');
    expect(dead.deadLetterErrorDescription).toBe('no items');
    expect(dead.applicationProperties).toMatchObject({ kept: 1, added: true });
    expect(dead.deadLetterSource).toBeUndefined();
    await deadLetters.completeMessage(dead);
    expect(await isEmpty(deadLetters)).toBe(true);
  });

  it('gives a deferred message only to who asks for its number', async () => {
    await bus.client.createSender('deferred').sendMessages({ body: 'later' });
    const receiver = bus.client.createReceiver('deferred');
    const message = await receiveOne(receiver);
    await receiver.deferMessage(message, { why: 'not yet' });

    expect(await isEmpty(receiver)).toBe(true);
    const number = message.sequenceNumber;
    if (!number) throw new Error('no sequence number');
    const [deferred] = await receiver.receiveDeferredMessages(number);
    expect(deferred).toMatchObject({ body: 'later', state: 'deferred', applicationProperties: { why: 'not yet' } });
    if (deferred) await receiver.completeMessage(deferred);
    await expect(receiver.receiveDeferredMessages(number)).rejects.toThrow(/is deferred in/);
  });

  it('deletes at once in receive-and-delete mode', async () => {
    await bus.client.createSender('deleted').sendMessages([{ body: 1 }, { body: 2 }]);
    const receiver = bus.client.createReceiver('deleted', { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(2, { maxWaitTimeInMs: 5000 });
    expect(messages.map(({ body }) => body as number)).toEqual([1, 2]);
    expect(await receiver.peekMessages(1)).toEqual([]);
  });

  it('takes a batch and hands it out in its order', async () => {
    const sender = bus.client.createSender('batch');
    const batch = await sender.createMessageBatch();
    const bodies = Array.from({ length: 500 }, (_, index) => `message ${index} ${'.'.repeat(200)}`);
    for (const body of bodies) expect(batch.tryAddMessage({ body })).toBe(true);
    await sender.sendMessages(batch);

    const receiver = bus.client.createReceiver('batch', { receiveMode: 'receiveAndDelete' });
    const received: string[] = [];
    while (received.length < bodies.length) {
      const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 5000 });
      received.push(...messages.map(({ body }) => body as string));
    }
    expect(received).toEqual(bodies);
  });

  it('refuses a message larger than 256 KB with its size and goes on', async () => {
    const sender = bus.client.createSender('big');
    const large = sender.sendMessages({ body: Buffer.alloc(256 * 1024) });
    await expect(large).rejects.toMatchObject({ code: 'MessageSizeExceeded' });
    await sender.sendMessages({ body: Buffer.alloc(255 * 1024) });
    const message = await receiveOne(bus.client.createReceiver('big', { skipParsingBodyAsJson: true }));
    expect((message.body as Buffer).length).toBe(255 * 1024);
  });

  it('shares messages between receivers, each message to one', async () => {
    const receivers = [bus.connect().createReceiver('two'), bus.connect().createReceiver('two')];
    const both = Promise.all(receivers.map((receiver) => receiver.receiveMessages(10, { maxWaitTimeInMs: 3000 })));
    await bus.client.createSender('two').sendMessages(Array.from({ length: 20 }, (_, index) => ({ body: index })));
    const [first = [], second = []] = await both;
    const bodies = [...first, ...second].map(({ body }) => body as number);
    expect(new Set(bodies).size).toBe(bodies.length);
  });

  it('lets other links flow beside thousands of unsettled messages', async () => {
    const sender = bus.client.createSender('many');
    const messages = Array.from({ length: 3000 }, (_, index) => ({ body: index }));
    for (let at = 0; at < messages.length; at += 500) await sender.sendMessages(messages.slice(at, at + 500));
    const held = await bus.connect().createReceiver('many').receiveMessages(3000, { maxWaitTimeInMs: 10_000 });
    const rest = await bus.client.createReceiver('many').receiveMessages(3000, { maxWaitTimeInMs: 10_000 });

    // A client's session takes 2,048 unsettled messages; what it does not take is nobody's until somebody else asks.
    expect(held.length).toBe(2048);
    expect(rest.length).toBe(3000 - 2048);
    expect(rest.every(({ deliveryCount }) => deliveryCount === 0)).toBe(true);
  });

  it.each(['missing', 'missing/Subscriptions/none', 'plain/Subscriptions/none'])(
    'says that %s is not there',
    async (path) => {
      const absent = { code: 'MessagingEntityNotFound', message: expect.stringContaining(path) as unknown };
      const receiver = bus.client.createReceiver(path);
      await expect(receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 })).rejects.toMatchObject(absent);
      await expect(bus.client.createSender(path).sendMessages({ body: 1 })).rejects.toMatchObject(absent);
      await expect(bus.client.createReceiver(path).peekMessages(1)).rejects.toMatchObject(absent);
    },
  );
});
