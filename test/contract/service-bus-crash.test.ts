// What was accepted survives kill -9 of the process that serves it, by the real SDK.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../local/store/store.ts';
import { type BrokerProcess, brokerProcess } from '../support/broker-process.ts';
import { connectionString, isEmpty, receiveOne } from '../support/service-bus.ts';

const serviceBus = {
  queues: [
    { name: 'orders', properties: { maxDeliveryCount: 2 } },
    {
      name: 'once',
      properties: { requiresDuplicateDetection: true, duplicateDetectionHistoryTimeWindow: 'PT10M' },
    },
    { name: 'kitchen', properties: { requiresSession: true } },
    { name: 'mail' },
  ],
  topics: [{ name: 'events', subscriptions: [{ name: 'paid', properties: { forwardTo: 'mail' } }, { name: 'ruled' }] }],
};

describe('a Service Bus whose process is killed', () => {
  let broker: BrokerProcess;
  let client: ServiceBusClient;

  beforeEach(async () => {
    broker = brokerProcess({ serviceBus });
    await start();
  });
  afterEach(async () => {
    await client.close();
    await broker[Symbol.asyncDispose]();
  });

  async function start(): Promise<void> {
    await broker.start();
    // What was under way when the process died is not answered: the SDK waits for its time-out.
    const retryOptions = { maxRetries: 0, timeoutInMs: 2000 };
    client = new ServiceBusClient(connectionString(broker.port), { retryOptions });
  }

  async function crash(): Promise<void> {
    await broker.kill();
    await client.close();
    await start();
  }

  it('gives a message that was being handled again, with the delivery counted, and buries it in time', async () => {
    await client.createSender('orders').sendMessages({ body: 'poison', applicationProperties: { kept: true } });
    const first = await receiveOne(client.createReceiver('orders'));
    await crash();
    const second = await receiveOne(client.createReceiver('orders'));
    expect(second).toMatchObject({ body: 'poison', deliveryCount: 1, applicationProperties: { kept: true } });
    expect(second.sequenceNumber?.toString()).toBe(first.sequenceNumber?.toString());
    await crash();
    expect(await isEmpty(client.createReceiver('orders'))).toBe(true);
    const dead = await receiveOne(client.createReceiver('orders', { subQueueType: 'deadLetter' }));
    expect(dead).toMatchObject({ body: 'poison', deadLetterReason: 'MaxDeliveryCountExceeded' });
  });

  it('never uses a sequence number twice', async () => {
    const sender = client.createSender('orders');
    await sender.sendMessages({ body: 'old' });
    const receiver = client.createReceiver('orders');
    const old = await receiveOne(receiver);
    await receiver.completeMessage(old);
    await crash();
    await client.createSender('orders').sendMessages({ body: 'new' });
    const next = await receiveOne(client.createReceiver('orders'));
    expect(next.body).toBe('new');
    expect(next.sequenceNumber?.greaterThan(old.sequenceNumber ?? 0)).toBe(true);
  });

  it('keeps what is deferred, scheduled, abandoned with properties, and in a session', async () => {
    const orders = client.createSender('orders');
    await orders.sendMessages([{ body: 'deferred' }, { body: 'abandoned' }]);
    await orders.scheduleMessages({ body: 'scheduled' }, new Date(Date.now() + 3_600_000));
    const receiver = client.createReceiver('orders');
    const deferred = await receiveOne(receiver);
    await receiver.deferMessage(deferred, { set: 'aside' });
    await receiver.abandonMessage(await receiveOne(receiver), { attempt: 1 });
    await client.createSender('kitchen').sendMessages({ body: 'dish', sessionId: 'store-1' });
    const session = await client.acceptSession('kitchen', 'store-1');
    await session.setSessionState({ step: 3 });
    await crash();

    const again = client.createReceiver('orders');
    expect(await receiveOne(again)).toMatchObject({
      body: 'abandoned',
      deliveryCount: 1,
      applicationProperties: { attempt: 1 },
    });
    expect(await isEmpty(again)).toBe(true);
    const states = await again.peekMessages(3);
    expect(states.map(({ body, state }) => [body as string, state])).toEqual([
      ['deferred', 'deferred'],
      ['abandoned', 'active'],
      ['scheduled', 'scheduled'],
    ]);
    if (!deferred.sequenceNumber) throw new Error('no sequence number');
    const [back] = await again.receiveDeferredMessages(deferred.sequenceNumber);
    expect(back).toMatchObject({ body: 'deferred', applicationProperties: { set: 'aside' } });
    const next = await client.acceptSession('kitchen', 'store-1');
    expect(await next.getSessionState()).toEqual({ step: 3 });
    expect((await receiveOne(next)).body).toBe('dish');
  });

  it('still knows the message ids of its window and the rules clients made', async () => {
    await client.createSender('once').sendMessages({ body: 1, messageId: 'id-1' });
    const rules = client.createRuleManager('events', 'ruled');
    await rules.deleteRule('$Default');
    await rules.createRule('red', { subject: 'red' });
    await crash();

    await client.createSender('once').sendMessages([
      { body: 2, messageId: 'id-1' },
      { body: 3, messageId: 'id-2' },
    ]);
    const receiver = client.createReceiver('once', { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(3, { maxWaitTimeInMs: 300 });
    expect(messages.map(({ body }) => body as number)).toEqual([1, 3]);
    await client.createSender('events').sendMessages([
      { body: 'r', subject: 'red' },
      { body: 'g', subject: 'green' },
    ]);
    const ruled = client.createReceiver('events', 'ruled', { receiveMode: 'receiveAndDelete' });
    const taken = await ruled.receiveMessages(2, { maxWaitTimeInMs: 300 });
    expect(taken.map(({ body }) => body as string)).toEqual(['r']);
  });

  it('fault 24: keeps one of the messages that a sender repeats because it got no answer', async () => {
    const ids = ['id-0', 'id-1', 'id-2', 'id-3'];
    for (const [round, messageId] of ids.entries()) {
      const unanswered = client.createSender('once').sendMessages({ body: 'x', messageId });
      unanswered.catch(() => undefined);
      await delay(round * 4);
      await crash();
      await client.createSender('once').sendMessages({ body: 'x', messageId });
    }
    const receiver = client.createReceiver('once', { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(10, { maxWaitTimeInMs: 1000 });
    expect(messages.map(({ messageId }) => messageId)).toEqual(ids);
  });

  it('fault 12: names the message that was altered on disk, and goes on without it when it is given up', async () => {
    await client.createSender('orders').sendMessages([{ body: 'first' }, { body: 'second' }, { body: 'third' }]);
    await broker.kill();
    // Opened and closed, so that the messages are in the file itself.
    await (await openStore({ directory: broker.data })).close();
    const file = join(broker.data, 'store.db');
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('second')] = 0x53;
    writeFileSync(file, bytes);

    const refusal = await broker.start().catch((error: Error) => error.message);
    expect(refusal).toMatch(/Message 2 of 'orders' is damaged/);
    const [, advice = ''] = /exec\('([^']+)'\)/.exec(String(refusal)) ?? [];
    const db = new DatabaseSync(file);
    db.exec(advice);
    db.close();
    await start();
    const receiver = client.createReceiver('orders', { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(3, { maxWaitTimeInMs: 1000 });
    expect(messages.map(({ body }) => body as string)).toEqual(['first', 'third']);
  });
});
