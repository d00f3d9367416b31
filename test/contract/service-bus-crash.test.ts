// What was accepted survives kill -9 of the process that serves it, by the real SDK.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ServiceBusClient } from '@azure/service-bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectionString, isEmpty, receiveOne } from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

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
const program = new URL('../support/service-bus-process.ts', import.meta.url).pathname;

describe('a Service Bus whose process is killed', () => {
  let directory: string;
  let broker: ChildProcess;
  let port = 0;
  let client: ServiceBusClient;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'service-bus-crash-'));
    port = 0;
    await start();
  });
  afterEach(async () => {
    await client.close();
    await kill();
    await rm(directory, { recursive: true });
  });

  async function start(): Promise<void> {
    const args = [program, directory, String(port), JSON.stringify(serviceBus)];
    broker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (!broker.stdout) throw new Error('no output to read the port from');
    const [line] = (await once(createInterface(broker.stdout), 'line')) as [string];
    port = Number(line);
    // What was under way when the process died is not answered: the SDK waits for its time-out.
    const retryOptions = { maxRetries: 0, timeoutInMs: 2000 };
    client = new ServiceBusClient(connectionString(port), { retryOptions });
  }

  async function kill(): Promise<void> {
    const exited = once(broker, 'exit');
    broker.kill('SIGKILL');
    await exited;
  }

  async function crash(): Promise<void> {
    await kill();
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

  it('loses nothing that was accepted under load, and repeats only what was delivered before', async () => {
    const accepted = new Set<string>();
    const seen = new Set<string>();
    for (const round of ['a', 'b', 'c']) {
      const goal = accepted.size + 200;
      const sending = sendUntilKilled(round, accepted);
      const receiving = receiveUntilKilled(seen);
      await waitFor('enough messages to be accepted', () => accepted.size >= goal, { intervalMs: 1 });
      await kill();
      await Promise.allSettled([sending, receiving, client.close()]);
      await start();
    }
    const uncounted: string[] = [];
    const receiver = client.createReceiver('mail');
    for (;;) {
      const messages = await receiver.receiveMessages(200, { maxWaitTimeInMs: 500 });
      if (messages.length === 0) break;
      for (const message of messages) {
        const id = String(message.messageId);
        if (seen.has(id) && message.deliveryCount === 0) uncounted.push(id);
        seen.add(id);
        await receiver.completeMessage(message);
      }
    }
    expect([...accepted].filter((id) => !seen.has(id))).toEqual([]);
    expect(uncounted).toEqual([]);
  }, 120_000);

  async function sendUntilKilled(round: string, accepted: Set<string>): Promise<void> {
    const sender = client.createSender('events');
    for (let at = 0; ; at += 10) {
      const ids = Array.from({ length: 10 }, (_, index) => `${round}-${at + index}`);
      await Promise.all(ids.map((messageId) => sender.sendMessages({ body: 'x', messageId })));
      for (const id of ids) accepted.add(id);
    }
  }

  async function receiveUntilKilled(seen: Set<string>): Promise<void> {
    const receiver = client.createReceiver('mail');
    for (;;) {
      for (const message of await receiver.receiveMessages(20, { maxWaitTimeInMs: 1000 })) {
        seen.add(String(message.messageId));
        await receiver.completeMessage(message);
      }
    }
  }
});
