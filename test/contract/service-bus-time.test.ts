// What depends on time: schedules, locks, duplicate detection, time to live; by the real SDK against a clock the test moves.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../local/store/store.ts';
import { isEmpty, type LocalServiceBus, receiveOne, startServiceBus } from '../support/service-bus.ts';

const minuteMs = 60_000;

const serviceBus = {
  queues: [
    { name: 'planned' },
    { name: 'cancelled' },
    { name: 'locks', properties: { lockDuration: 'PT1M', maxDeliveryCount: 2 } },
    { name: 'renewed', properties: { lockDuration: 'PT1M' } },
    { name: 'killed', properties: { lockDuration: 'PT5M' } },
    {
      name: 'once',
      properties: { requiresDuplicateDetection: true, duplicateDetectionHistoryTimeWindow: 'PT10M' },
    },
    { name: 'hourly', properties: { defaultMessageTimeToLive: 'PT1H' } },
    { name: 'fleeting', properties: { deadLetteringOnMessageExpiration: true } },
  ],
  topics: [{ name: 'later', subscriptions: [{ name: 'all' }] }],
};

describe('a Service Bus in time', () => {
  let bus: LocalServiceBus;
  beforeAll(async () => {
    bus = await startServiceBus({ serviceBus });
  });
  afterAll(() => bus[Symbol.asyncDispose]());

  it('holds a scheduled message back until it is due, under a number of its own', async () => {
    const sender = bus.client.createSender('planned');
    const dueAt = new Date(bus.clock.now() + minuteMs);
    const [number] = await sender.scheduleMessages({ body: 'by schedule' }, dueAt);
    await sender.sendMessages({ body: 'by property', scheduledEnqueueTimeUtc: dueAt });
    const receiver = bus.client.createReceiver('planned', { receiveMode: 'receiveAndDelete' });

    const waiting = await receiver.peekMessages(2);
    expect(waiting.map(({ body, state }) => [body as string, state])).toEqual([
      ['by schedule', 'scheduled'],
      ['by property', 'scheduled'],
    ]);
    expect(await isEmpty(receiver)).toBe(true);
    bus.clock.advance(minuteMs);
    const due = await receiver.receiveMessages(2, { maxWaitTimeInMs: 5000 });
    expect(due.map(({ body }) => body as string)).toEqual(['by schedule', 'by property']);
    expect(due[0]?.sequenceNumber?.greaterThan(number ?? 0)).toBe(true);
  });

  it('publishes a message scheduled on a topic when it is due', async () => {
    await bus.client.createSender('later').scheduleMessages({ body: 'news' }, new Date(bus.clock.now() + minuteMs));
    const receiver = bus.client.createReceiver('later', 'all');
    expect(await isEmpty(receiver)).toBe(true);
    bus.clock.advance(minuteMs);
    expect((await receiveOne(receiver)).body).toBe('news');
  });

  it('takes a scheduled message back', async () => {
    const sender = bus.client.createSender('cancelled');
    const dueAt = new Date(bus.clock.now() + minuteMs);
    const [first, second] = await sender.scheduleMessages([{ body: 1 }, { body: 2 }], dueAt);
    if (!first || !second) throw new Error('no sequence numbers');
    await sender.cancelScheduledMessages(first);
    bus.clock.advance(minuteMs);
    expect((await receiveOne(bus.client.createReceiver('cancelled'))).body).toBe(2);
    await expect(sender.cancelScheduledMessages(second)).rejects.toMatchObject({ code: 'MessageNotFound' });
  });

  it('delivers again when a lock runs out, refuses the late settlement and dead-letters after the last', async () => {
    await bus.client.createSender('locks').sendMessages({ body: 'slow' });
    const receiver = bus.client.createReceiver('locks', { maxAutoLockRenewalDurationInMs: 0 });
    const first = await receiveOne(receiver);
    bus.clock.advance(minuteMs);
    const second = await receiveOne(receiver);
    expect(second.deliveryCount).toBe(1);
    await expect(receiver.completeMessage(first)).rejects.toMatchObject({ code: 'MessageLockLost' });

    bus.clock.advance(minuteMs);
    expect(await isEmpty(receiver)).toBe(true);
    const dead = await receiveOne(bus.client.createReceiver('locks', { subQueueType: 'deadLetter' }));
    expect(dead).toMatchObject({ body: 'slow', deadLetterReason: 'MaxDeliveryCountExceeded' });
  });

  it('prolongs a lock that is renewed', async () => {
    await bus.client.createSender('renewed').sendMessages({ body: 'renewed' });
    const receiver = bus.client.createReceiver('renewed', { maxAutoLockRenewalDurationInMs: 0 });
    const message = await receiveOne(receiver);
    bus.clock.advance(40_000);
    const until = await receiver.renewMessageLock(message);
    expect(Math.abs(until.getTime() - bus.clock.now() - minuteMs)).toBeLessThan(5000);
    bus.clock.advance(40_000);
    await receiver.completeMessage(message);
    await expect(receiver.renewMessageLock(message)).rejects.toThrow(/already/);
  });

  it('drops a repeated message id within the window and takes it behind it', async () => {
    const sender = bus.client.createSender('once');
    await sender.sendMessages({ body: 'first', messageId: 'id-1' });
    await sender.sendMessages([
      { body: 'repeated', messageId: 'id-1' },
      { body: 'another attempt', messageId: 'id-1#1' },
    ]);
    const receiver = bus.client.createReceiver('once', { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(3, { maxWaitTimeInMs: 300 });
    expect(messages.map(({ body }) => body as string)).toEqual(['first', 'another attempt']);

    bus.clock.advance(10 * minuteMs);
    await sender.sendMessages({ body: 'much later', messageId: 'id-1' });
    expect((await receiveOne(receiver)).body).toBe('much later');
  });

  it('fault 24: remembers the ids of its window over a restart, and forgets them behind it', async () => {
    const store = await openStore({ ephemeral: true });
    const send = (to: LocalServiceBus, body: string) =>
      to.client.createSender('once').sendMessages({ body, messageId: 'id-1' });
    const before = await startServiceBus({ serviceBus, store });
    await send(before, 'first');
    await before[Symbol.asyncDispose]();

    const after = await startServiceBus({ serviceBus, store });
    await send(after, 'repeated');
    after.clock.advance(9 * minuteMs);
    await send(after, 'repeated again');
    after.clock.advance(minuteMs);
    await send(after, 'behind the window');
    const messages = await after.client.createReceiver('once').peekMessages(9);
    expect(messages.map(({ body }) => body as string)).toEqual(['first', 'behind the window']);
    await after[Symbol.asyncDispose]();
    await store.close();
  });

  it('gives a message the shorter of its own time to live and that of its queue, and a deferred one no end', async () => {
    const sender = bus.client.createSender('hourly');
    await sender.sendMessages([
      { body: 'deferred' },
      { body: 'short', timeToLive: 1000 },
      { body: 'long', timeToLive: 1e9 },
    ]);
    const receiver = bus.client.createReceiver('hourly');
    const deferred = await receiveOne(receiver);
    await receiver.deferMessage(deferred);
    bus.clock.advance(1000);
    const left = async () =>
      (await bus.connect().createReceiver('hourly').peekMessages(9)).map(({ body }) => body as string);
    expect(await left()).toEqual(['deferred', 'long']);
    bus.clock.advance(60 * minuteMs);
    expect(await left()).toEqual(['deferred']);
    expect(await isEmpty(bus.client.createReceiver('hourly', { subQueueType: 'deadLetter' }))).toBe(true);
  });

  it('expires a message that comes back after its time', async () => {
    const sender = bus.client.createSender('fleeting');
    await sender.sendMessages({ body: 'held too long', timeToLive: 1000 });
    const receiver = bus.client.createReceiver('fleeting');
    const message = await receiveOne(receiver);
    bus.clock.advance(2000);
    await receiver.abandonMessage(message);
    const deadLetters = bus.client.createReceiver('fleeting', { subQueueType: 'deadLetter' });
    const dead = await receiveOne(deadLetters);
    expect(dead).toMatchObject({ body: 'held too long', deadLetterReason: 'TTLExpiredException' });
    await deadLetters.completeMessage(dead);
  });

  it('dead-letters what nobody took in its time to live', async () => {
    await bus.client.createSender('fleeting').sendMessages({ body: 'stale', timeToLive: 1000 });
    bus.clock.advance(2000);
    expect(await isEmpty(bus.client.createReceiver('fleeting'))).toBe(true);
    const dead = await receiveOne(bus.client.createReceiver('fleeting', { subQueueType: 'deadLetter' }));
    expect(dead).toMatchObject({ body: 'stale', deadLetterReason: 'TTLExpiredException' });
  });

  it('keeps the lock of a client that closes', async () => {
    await bus.client.createSender('killed').sendMessages({ body: 'held' });
    const client = bus.connect();
    await receiveOne(client.createReceiver('killed'));
    await client.close();
    const receiver = bus.client.createReceiver('killed');
    expect(await isEmpty(receiver)).toBe(true);
    bus.clock.advance(5 * minuteMs);
    await receiver.completeMessage(await receiveOne(receiver));
  });
});
