// All that a session receiver of the real SDK can do with its messages and its session.
import type { ServiceBusReceivedMessage, ServiceBusSessionReceiver } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../local/store/store.ts';
import { isEmpty, type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';

const properties = { requiresSession: true, lockDuration: 'PT1M', maxDeliveryCount: 5 };
const names = ['settled', 'deferred', 'peeked', 'subscribed', 'iterated', 'deleting', 'cleared'];
const topics = [{ name: 'topic', subscriptions: [{ name: 'sub', properties }] }];
const serviceBus = { queues: names.map((name) => ({ name, properties })), topics };

describe('a Service Bus session receiver', () => {
  let bus: LocalServiceBus;
  beforeAll(async () => {
    bus = await startServiceBus({ serviceBus });
  });
  afterAll(() => bus[Symbol.asyncDispose]());

  const send = (queue: string, sessionId: string, count: number) =>
    bus.client.createSender(queue).sendMessages(Array.from({ length: count }, (_, body) => ({ body, sessionId })));
  const bodiesIn = async (session: ServiceBusSessionReceiver) =>
    (await session.peekMessages(20)).map(({ body }) => body as number);

  it('abandons, dead-letters and completes, with properties', async () => {
    await send('settled', 's', 2);
    const session = await bus.client.acceptSession('settled', 's');
    await session.abandonMessage(await receiveOne(session), { attempt: 1 });
    const again = await receiveOne(session);
    expect(again).toMatchObject({ body: 0, deliveryCount: 1, applicationProperties: { attempt: 1 } });
    const reason = { deadLetterReason: 'bad', deadLetterErrorDescription: 'very', added: true };
    await session.deadLetterMessage(again, reason);
    await session.completeMessage(await receiveOne(session));
    expect(await bodiesIn(session)).toEqual([]);
    await session.close();
    const dead = await receiveOne(bus.client.createReceiver('settled', { subQueueType: 'deadLetter' }));
    expect(dead).toMatchObject({ body: 0, sessionId: 's', deadLetterReason: 'bad' });
    expect(dead.applicationProperties).toMatchObject({ attempt: 1, added: true });
  });

  it('defers, and gets back only what is of its session', async () => {
    await send('deferred', 'a', 2);
    await send('deferred', 'b', 1);
    const session = await bus.client.acceptSession('deferred', 'a');
    const other = await bus.client.acceptSession('deferred', 'b');
    const message = await receiveOne(session);
    await session.deferMessage(message, { why: 'later' });
    expect((await receiveOne(session)).body).toBe(1);
    const number = message.sequenceNumber;
    if (!number) throw new Error('no sequence number');
    await expect(other.receiveDeferredMessages(number)).rejects.toMatchObject({ code: 'MessageNotFound' });
    const [deferred] = await session.receiveDeferredMessages(number);
    expect(deferred).toMatchObject({ body: 0, state: 'deferred', applicationProperties: { why: 'later' } });
    if (deferred) await session.completeMessage(deferred);
    expect(await bodiesIn(session)).toEqual([1]);
    await Promise.all([session.close(), other.close()]);
  });

  it('peeks at its own session only', async () => {
    await send('peeked', 'a', 2);
    await send('peeked', 'b', 3);
    const session = await bus.client.acceptSession('peeked', 'b');
    expect(await bodiesIn(session)).toEqual([0, 1, 2]);
    // A connection of its own: the SDK remembers for each how far it has peeked.
    const other = await bus.connect().acceptSession('peeked', 'a');
    expect(await bodiesIn(other)).toEqual([0, 1]);
    await Promise.all([session.close(), other.close()]);
  });

  it('hands messages to a subscriber one by one, in order, and keeps the session while a handler runs', async () => {
    await send('subscribed', 's', 5);
    const session = await bus.client.acceptNextSession('subscribed');
    const seen: unknown[] = [];
    const all = Promise.withResolvers<void>();
    session.subscribe({
      async processMessage({ body }) {
        seen.push(body);
        if (seen.length === 5) all.resolve();
      },
      processError: async () => undefined,
    });
    await all.promise;
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    await session.close();
  });

  it('iterates, and deletes at once in receive-and-delete mode', async () => {
    await send('iterated', 's', 2);
    const iterating = await bus.client.acceptSession('iterated', 's');
    const seen: unknown[] = [];
    for await (const message of iterating.getMessageIterator()) {
      seen.push(message.body);
      await iterating.completeMessage(message);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([0, 1]);
    await iterating.close();

    await send('deleting', 's', 2);
    const deleting = await bus.client.acceptSession('deleting', 's', { receiveMode: 'receiveAndDelete' });
    expect(await deleting.receiveMessages(2, { maxWaitTimeInMs: 3000 })).toHaveLength(2);
    expect(await bodiesIn(deleting)).toEqual([]);
    await deleting.close();
  });

  it('clears a state, and loses session and state to nobody but the next holder', async () => {
    const session = await bus.client.acceptSession('cleared', 's', { maxAutoLockRenewalDurationInMs: 0 });
    expect(session.sessionLockedUntilUtc.getTime()).toBeGreaterThan(bus.clock.now() + 50_000);
    await session.setSessionState(Buffer.from('kept as bytes'));
    await session.setSessionState(null);
    expect(await session.getSessionState()).toBeNull();
    bus.clock.advance(60_000);
    await expect(session.setSessionState('too late')).rejects.toMatchObject({ code: 'SessionLockLost' });
    await expect(session.renewSessionLock()).rejects.toMatchObject({ code: 'SessionLockLost' });
    await session.close();
  });

  it('is one of a subscription, too', async () => {
    await bus.client.createSender('topic').sendMessages({ body: 1, sessionId: 's' });
    const session = await bus.client.acceptNextSession('topic', 'sub');
    expect(session.sessionId).toBe('s');
    await session.completeMessage(await receiveOne(session));
    expect(await isEmpty(session)).toBe(true);
    await session.close();
  });

  it('keeps state and messages over a restart of the broker, the lock not', async () => {
    const store = await openStore({ ephemeral: true });
    const before = await startServiceBus({ serviceBus, store });
    const first = await before.client.acceptSession('settled', 's');
    await first.setSessionState({ step: 1 });
    await before.client.createSender('settled').sendMessages({ body: 1, sessionId: 's' });
    await before[Symbol.asyncDispose]();

    const after = await startServiceBus({ serviceBus, store });
    const second: ServiceBusSessionReceiver = await after.client.acceptSession('settled', 's');
    expect(await second.getSessionState()).toEqual({ step: 1 });
    const message: ServiceBusReceivedMessage = await receiveOne(second);
    expect(message.body).toBe(1);
    await after[Symbol.asyncDispose]();
    await store.close();
  });
});
