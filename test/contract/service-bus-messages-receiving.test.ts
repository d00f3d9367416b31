// The ways to send, receive, look and settle that the real SDK has beside the plain ones.
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEmpty, type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';

const names = [
  'iterated',
  'waited',
  'stopped',
  'peeked',
  'annotated',
  'shelved',
  'taken',
  'changed',
  'concurrent',
  'kept',
  'closed',
];
const queues = names.map((name) => ({ name, properties: { maxDeliveryCount: 5, lockDuration: 'PT5M' } }));
const serviceBus = { queues, topics: [{ name: 'topic', subscriptions: [{ name: 'sub' }] }] };

describe('a Service Bus receiver', () => {
  let bus: LocalServiceBus;
  beforeAll(async () => {
    bus = await startServiceBus({ serviceBus });
  });
  afterAll(() => bus[Symbol.asyncDispose]());

  const bodies = (messages: readonly ServiceBusReceivedMessage[]) => messages.map(({ body }) => body as unknown);
  const bodiesIn = async (receiver: ServiceBusReceiver) => bodies(await receiver.peekMessages(20));

  /** Received and deferred again: what `receiveDeferredMessages` asks for. */
  async function deferred(queue: string, count: number) {
    const sender = bus.client.createSender(queue);
    await sender.sendMessages(Array.from({ length: count }, (_, body) => ({ body })));
    const receiver = bus.client.createReceiver(queue);
    const numbers = [];
    for (let index = 0; index < count; index += 1) {
      const message = await receiveOne(receiver);
      await receiver.deferMessage(message);
      if (message.sequenceNumber) numbers.push(message.sequenceNumber);
    }
    return { receiver, numbers };
  }

  it('iterates over messages as they come', async () => {
    const receiver = bus.client.createReceiver('iterated');
    await bus.client.createSender('iterated').sendMessages([{ body: 1 }, { body: 2 }]);
    const seen: unknown[] = [];
    for await (const message of receiver.getMessageIterator()) {
      seen.push(message.body);
      await receiver.completeMessage(message);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([1, 2]);
    expect(await bodiesIn(receiver)).toEqual([]);
  });

  it('waits for the first message, and gives what there is when the time is over', async () => {
    const receiver = bus.client.createReceiver('waited');
    expect(await receiver.receiveMessages(5, { maxWaitTimeInMs: 100 })).toEqual([]);
    const coming = receiver.receiveMessages(5, { maxWaitTimeInMs: 10_000 });
    await bus.client.createSender('waited').sendMessages([{ body: 1 }, { body: 2 }]);
    expect((await coming).length).toBeGreaterThan(0);
  });

  it('stops waiting when it is told to, and loses nothing by it', async () => {
    const receiver = bus.client.createReceiver('stopped');
    const stop = new AbortController();
    const waiting = receiver.receiveMessages(1, { maxWaitTimeInMs: 10_000, abortSignal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await bus.client.createSender('stopped').sendMessages({ body: 'still' });
    expect(await receiveOne(receiver)).toMatchObject({ body: 'still', deliveryCount: 0 });
  });

  it('peeks from a number on, at messages in every state, and goes on where it was', async () => {
    const sender = bus.client.createSender('peeked');
    await sender.sendMessages([{ body: 'locked' }, { body: 'deferred' }, { body: 'active' }]);
    await sender.scheduleMessages({ body: 'scheduled' }, new Date(bus.clock.now() + 60_000));
    const receiver = bus.client.createReceiver('peeked');
    await receiveOne(receiver);
    const second = await receiveOne(receiver);
    await receiver.deferMessage(second);

    const looking = bus.client.createReceiver('peeked');
    const first = await looking.peekMessages(2);
    const rest = await looking.peekMessages(9);
    expect([...first, ...rest].map(({ body, state }) => [body as string, state])).toEqual([
      ['locked', 'active'],
      ['deferred', 'deferred'],
      ['active', 'active'],
      ['scheduled', 'scheduled'],
    ]);
    if (!second.sequenceNumber) throw new Error('no sequence number');
    const again = await looking.peekMessages(1, { fromSequenceNumber: second.sequenceNumber });
    expect(bodies(again)).toEqual(['deferred']);
    await expect(looking.completeMessage(again[0] as ServiceBusReceivedMessage)).rejects.toThrow(/peeked/);
  });

  it('gets annotated messages with every kind of body, sent, batched and scheduled', async () => {
    const sender = bus.client.createSender('annotated');
    const annotated = (bodyType: 'data' | 'value' | 'sequence', body: unknown) => ({
      bodyType,
      body,
      properties: { messageId: bodyType },
      applicationProperties: { kind: bodyType },
    });
    await sender.sendMessages([annotated('value', { a: 1 }), annotated('sequence', [[1, 'two']])]);
    const batch = await sender.createMessageBatch();
    expect(batch.tryAddMessage(annotated('data', 'text'))).toBe(true);
    await sender.sendMessages(batch);
    await sender.scheduleMessages(annotated('value', 7), new Date(bus.clock.now() - 1));
    const receiver = bus.client.createReceiver('annotated', { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(4, { maxWaitTimeInMs: 3000 });
    expect(messages.map(({ body, _rawAmqpMessage: raw }) => [raw.bodyType, body as unknown])).toEqual([
      ['value', { a: 1 }],
      ['sequence', [[1, 'two']]],
      ['data', 'text'],
      ['value', 7],
    ]);
  });

  it('settles deferred messages in each way', async () => {
    const { receiver, numbers } = await deferred('shelved', 4);
    const [completed, abandoned, shelved, dead] = await receiver.receiveDeferredMessages(numbers);
    if (!completed || !abandoned || !shelved || !dead) throw new Error('not all four came back');
    await receiver.renewMessageLock(completed);
    await receiver.completeMessage(completed);
    await receiver.abandonMessage(abandoned, { why: 'later' });
    await receiver.deferMessage(shelved, { why: 'not now' });
    await receiver.deadLetterMessage(dead, { deadLetterReason: 'bad', deadLetterErrorDescription: 'very', added: 1 });

    const left = await receiver.peekMessages(9);
    expect(
      left.map(({ body, state, applicationProperties }) => [body as number, state, applicationProperties]),
    ).toEqual([
      [1, 'deferred', { why: 'later' }],
      [2, 'deferred', { why: 'not now' }],
    ]);
    const buried = await receiveOne(bus.client.createReceiver('shelved', { subQueueType: 'deadLetter' }));
    expect(buried).toMatchObject({ body: 3, deadLetterReason: 'bad', applicationProperties: { added: 1 } });
    await expect(receiver.completeMessage(completed)).rejects.toThrow(/already/);
  });

  it('receives deferred messages all or none, and deletes them where it deletes', async () => {
    const { numbers } = await deferred('taken', 2);
    const receiver = bus.client.createReceiver('taken', { receiveMode: 'receiveAndDelete' });
    const missing = numbers[1]?.add(100);
    await expect(receiver.receiveDeferredMessages(missing ? [...numbers, missing] : [])).rejects.toMatchObject({
      code: 'MessageNotFound',
    });
    expect(bodies(await receiver.receiveDeferredMessages(numbers))).toEqual([0, 1]);
    expect(await bodiesIn(receiver)).toEqual([]);
  });

  it('changes properties of every kind by settling', async () => {
    await bus.client.createSender('changed').sendMessages({ body: 1, applicationProperties: { gone: 'x', kept: 1 } });
    const receiver = bus.client.createReceiver('changed', { skipConvertingDate: true });
    const changes = { text: 'a', number: 1.5, flag: false, at: new Date(86_400_000), gone: null };
    await receiver.abandonMessage(await receiveOne(receiver), changes);
    const again = await receiveOne(receiver);
    expect(again.applicationProperties).toEqual({ kept: 1, ...changes });
    await receiver.completeMessage(again);
  });

  it('hands as many messages to a subscriber at a time as it asks for, and completes them or leaves that to it', async () => {
    await bus.client.createSender('concurrent').sendMessages(Array.from({ length: 6 }, (_, body) => ({ body })));
    const receiver = bus.client.createReceiver('concurrent');
    let running = 0;
    let most = 0;
    const three = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    const seen = new Set<unknown>();
    const handlers = {
      async processMessage({ body }: ServiceBusReceivedMessage) {
        running += 1;
        most = Math.max(most, running);
        if (running === 3) three.resolve();
        await three.promise;
        running -= 1;
        if (seen.add(body).size === 6) all.resolve();
      },
      processError: async () => undefined,
    };
    const subscription = receiver.subscribe(handlers, { maxConcurrentCalls: 3 });
    await all.promise;
    await subscription.close();
    expect(most).toBe(3);
    await receiver.close();

    await bus.client.createSender('kept').sendMessages({ body: 1 });
    const keeping = bus.client.createReceiver('kept');
    const handled = Promise.withResolvers<ServiceBusReceivedMessage>();
    const processMessage = async (message: ServiceBusReceivedMessage) => handled.resolve(message);
    keeping.subscribe({ ...handlers, processMessage }, { autoCompleteMessages: false });
    const message = await handled.promise;
    expect(await bodiesIn(keeping)).toEqual([1]);
    await keeping.completeMessage(message);
    expect(await bodiesIn(keeping)).toEqual([]);
  });

  it('says that it is closed, and leaves its locked message to others when the lock is given up', async () => {
    const sender = bus.client.createSender('closed', { identifier: 'me' });
    const receiver = bus.client.createReceiver('closed', { identifier: 'you' });
    expect([sender.identifier, receiver.identifier, sender.entityPath, receiver.receiveMode]).toEqual([
      'me',
      'you',
      'closed',
      'peekLock',
    ]);
    await sender.sendMessages({ body: 1 });
    const message = await receiveOne(receiver);
    await receiver.abandonMessage(message);
    await Promise.all([sender.close(), receiver.close()]);
    expect([sender.isClosed, receiver.isClosed]).toEqual([true, true]);
    await expect(sender.sendMessages({ body: 2 })).rejects.toThrow(/closed/);
    expect((await receiveOne(bus.client.createReceiver('closed'))).deliveryCount).toBe(1);
  });

  it('settles dead letters of a queue and a subscription, which do not die again', async () => {
    await bus.client.createSender('topic').sendMessages({ body: 'from a topic' });
    const subscription = bus.client.createReceiver('topic', 'sub');
    const reason = { deadLetterReason: 'bad', deadLetterErrorDescription: 'very' };
    await subscription.deadLetterMessage(await receiveOne(subscription), reason);
    const dead = bus.client.createReceiver('topic', 'sub', { subQueueType: 'deadLetter' });
    await dead.abandonMessage(await receiveOne(dead));
    const again = await receiveOne(dead);
    expect(again).toMatchObject({ body: 'from a topic', deliveryCount: 1 });
    await dead.deferMessage(again);
    expect(await isEmpty(dead)).toBe(true);
    if (!again.sequenceNumber) throw new Error('no sequence number');
    const [shelved] = await dead.receiveDeferredMessages(again.sequenceNumber);
    if (!shelved) throw new Error('it did not come back');
    await expect(dead.deadLetterMessage(shelved, reason)).rejects.toThrow(/cannot be dead-lettered again/);
    await dead.completeMessage(shelved);
    expect(await bodiesIn(dead)).toEqual([]);
  });
});
