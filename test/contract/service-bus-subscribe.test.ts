// `subscribe` of the real SDK, as the Functions host uses it: renewal, failing handlers, consumers that die.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connectionString,
  isEmpty,
  type LocalServiceBus,
  receiveOne,
  startServiceBus,
} from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

const serviceBus = {
  queues: [
    { name: 'long', properties: { lockDuration: 'PT2S' } },
    { name: 'unrenewed', properties: { lockDuration: 'PT1M' } },
    { name: 'in-session', properties: { requiresSession: true, lockDuration: 'PT5M' } },
    { name: 'failing', properties: { maxDeliveryCount: 3 } },
    { name: 'killed', properties: { lockDuration: 'PT5M' } },
    { name: 'restarted' },
  ],
};

/** Both keep what they hold until they are killed. */
const queueProgram = `
  import { ServiceBusClient } from '@azure/service-bus';
  const client = new ServiceBusClient(process.argv[1]);
  const [message] = await client.createReceiver(process.argv[2]).receiveMessages(1);
  console.log(message.body);
  setInterval(() => undefined, 1000);`;
const sessionProgram = `
  import { ServiceBusClient } from '@azure/service-bus';
  const client = new ServiceBusClient(process.argv[1]);
  const session = await client.acceptNextSession(process.argv[2]);
  for (const message of await session.receiveMessages(2)) await session.completeMessage(message);
  const held = await session.receiveMessages(2);
  console.log(held.length);
  setInterval(() => undefined, 1000);`;

describe('a Service Bus subscriber', () => {
  let bus: LocalServiceBus;
  beforeAll(async () => {
    bus = await startServiceBus({ serviceBus });
  });
  afterAll(() => bus[Symbol.asyncDispose]());

  it('fault 13: keeps a message three times longer than its lock while the handler runs, delivered once', async () => {
    await bus.client.createSender('long').sendMessages({ body: 'long work' });
    const receiver = bus.client.createReceiver('long', { maxAutoLockRenewalDurationInMs: 60_000 });
    const deliveries: (number | undefined)[] = [];
    const errors: unknown[] = [];
    const finished = Promise.withResolvers<void>();
    receiver.subscribe({
      async processMessage(message) {
        deliveries.push(message.deliveryCount);
        await finished.promise;
      },
      async processError({ error }) {
        errors.push(error);
      },
    });
    const startedAtMs = Date.now();
    await waitFor('three times the lock duration', () => Date.now() - startedAtMs > 6200);
    finished.resolve();
    await waitFor('the message to be completed', async () => (await receiver.peekMessages(1)).length === 0);
    expect(deliveries).toEqual([0]);
    expect(errors).toEqual([]);
    await receiver.close();
  });

  it('fault 13: loses a message to the next when its lock is not renewed, and cannot complete it any more', async () => {
    await bus.client.createSender('unrenewed').sendMessages({ body: 'long work' });
    const first = bus.client.createReceiver('unrenewed', { maxAutoLockRenewalDurationInMs: 0 });
    const started = Promise.withResolvers<void>();
    const finished = Promise.withResolvers<void>();
    const errors: unknown[] = [];
    const subscription = first.subscribe({
      async processMessage() {
        started.resolve();
        await finished.promise;
      },
      processError: async ({ error, errorSource }) =>
        void errors.push([errorSource, (error as { code?: string }).code]),
    });
    await started.promise;
    const second = bus.connect().createReceiver('unrenewed');
    const next = receiveOne(second);
    bus.clock.advance(60_000);
    const message = await next;
    expect(message).toMatchObject({ body: 'long work', deliveryCount: 1 });
    finished.resolve();
    await waitFor('the late completion to be refused', () => errors.length > 0);
    expect(errors).toEqual([['complete', 'MessageLockLost']]);
    await second.completeMessage(message);
    expect(await second.peekMessages(1)).toEqual([]);
    await subscription.close();
  });

  it('sees a message whose handler throws again until it is dead-lettered', async () => {
    await bus.client.createSender('failing').sendMessages({ body: 'poison' });
    const receiver = bus.client.createReceiver('failing');
    const deliveries: (number | undefined)[] = [];
    receiver.subscribe({
      async processMessage(message) {
        deliveries.push(message.deliveryCount);
        throw new Error('cannot be handled');
      },
      processError: async () => undefined,
    });
    const dead = await receiveOne(bus.client.createReceiver('failing', { subQueueType: 'deadLetter' }));
    expect(dead.deadLetterReason).toBe('MaxDeliveryCountExceeded');
    expect(deliveries).toEqual([0, 1, 2]);
    await receiver.close();
  });

  it('frees the messages of a consumer that was killed at once, with a delivery counted', async () => {
    await bus.client.createSender('killed').sendMessages({ body: 'held' });
    const consumer = spawnConsumer('killed', queueProgram);
    try {
      await waitFor('the other process to hold the message', async () => consumer.stdout?.read() !== null);
      const receiver = bus.client.createReceiver('killed');
      expect(await isEmpty(receiver)).toBe(true);
      consumer.kill('SIGKILL');
      const message = await receiveOne(receiver);
      expect(message).toMatchObject({ body: 'held', deliveryCount: 1 });
      await receiver.completeMessage(message);
    } finally {
      consumer.kill('SIGKILL');
      if (consumer.exitCode === null && consumer.signalCode === null) await once(consumer, 'exit');
    }
  });

  it('fault 23: the session of a consumer that was killed goes on in order from the first unsettled message', async () => {
    const bodies = Array.from({ length: 6 }, (_, body) => ({ body, sessionId: 's' }));
    await bus.client.createSender('in-session').sendMessages(bodies);
    const consumer = spawnConsumer('in-session', sessionProgram);
    try {
      await waitFor('the other process to hold the rest of the session', async () => consumer.stdout?.read() !== null);
      const waiting = bus.client.acceptNextSession('in-session');
      consumer.kill('SIGKILL');
      const session = await waiting;
      const messages = await session.receiveMessages(6, { maxWaitTimeInMs: 1000 });
      expect([
        session.sessionId,
        ...messages.map(({ body, deliveryCount }) => [body as number, deliveryCount]),
      ]).toEqual(['s', [2, 1], [3, 1], [4, 0], [5, 0]]);
      await session.close();
    } finally {
      consumer.kill('SIGKILL');
      if (consumer.exitCode === null && consumer.signalCode === null) await once(consumer, 'exit');
    }
  });

  it('goes on after the listener was restarted', async () => {
    const client = bus.connect({ retryOptions: { retryDelayInMs: 100, maxRetryDelayInMs: 100 } });
    const received: unknown[] = [];
    const receiver = client.createReceiver('restarted');
    receiver.subscribe({
      processMessage: async ({ body }) => void received.push(body),
      processError: async () => undefined,
    });
    await bus.client.createSender('restarted').sendMessages({ body: 'before' });
    await waitFor('the first message', () => received.includes('before'));
    const looker = bus.client.createReceiver('restarted');
    await waitFor('its completion', async () => (await looker.peekMessages(1)).length === 0);
    await bus.restart();
    await bus.client.createSender('restarted').sendMessages({ body: 'after' });
    await waitFor('the message sent after the restart', () => received.includes('after'), { timeoutMs: 20_000 });
    expect(received).toEqual(['before', 'after']);
    await receiver.close();
  });

  function spawnConsumer(queue: string, program: string): ChildProcess {
    const args = ['--input-type=module', '-e', program, connectionString(bus.port), queue];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }
});
