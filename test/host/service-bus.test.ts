import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { forkHost, startHostProcess, type HostProcess, type StartingHost } from './support/host-process.ts';
import { startLocalServiceBus, type LocalServiceBus } from './support/local-service-bus.ts';

const queues = ['text', 'bytes', 'many', 'fails', 'slow', 'fan-out', 'seen'].map((name) => ({
  name,
  properties: { maxDeliveryCount: 3, lockDuration: 'PT5M' },
}));
const serviceBus = {
  queues: [...queues, { name: 'in-order', properties: { requiresSession: true } }],
  topics: [{ name: 'events', properties: {}, subscriptions: [{ name: 'subscriber', properties: {} }] }],
};

let bus: LocalServiceBus;
let host: HostProcess;
const seen: Record<string, unknown>[] = [];
const started: StartingHost[] = [];

beforeAll(async () => {
  bus = await startLocalServiceBus(serviceBus);
  host = await startHostProcess({
    app: 'service-bus',
    environment: {
      Bus: bus.connectionString,
      TOPIC: 'events',
      AzureFunctionsJobHost__logging__logLevel__default: 'Warning',
    },
  });
  bus.client.createReceiver('seen').subscribe({
    processMessage: async ({ body }) => void seen.push(body as Record<string, unknown>),
    processError: async () => undefined,
  });
});
afterAll(async () => {
  await host.stop();
  await bus.close();
});

async function send(queue: string, ...messages: object[]): Promise<void> {
  const sender = bus.client.createSender(queue);
  for (const message of messages) await sender.sendMessages({ body: {}, ...message });
  await sender.close();
}

const sawWhere = (label: string, matches: (each: Record<string, unknown>) => boolean) =>
  waitFor(label, () => seen.find(matches), { timeoutMs: 20_000 });

async function isEmpty(queue: string): Promise<boolean> {
  const receiver = bus.client.createReceiver(queue);
  const messages = await receiver.peekMessages(1);
  await receiver.close();
  return messages.length === 0;
}

describe('Service Bus functions', () => {
  it('get parsed text and metadata, and their return value is sent on', async () => {
    await send('text', {
      body: { a: 1 },
      messageId: 'text-1',
      subject: 'Subject',
      correlationId: 'c',
      applicationProperties: { Attempt: 2 },
    });
    const { message, metadata } = await sawWhere('text-1', ({ metadata: each }) => Boolean(each));
    expect(message).toEqual({ a: 1 });
    expect(metadata).toMatchObject({
      messageId: 'text-1',
      subject: 'Subject',
      correlationId: 'c',
      deliveryCount: 1,
      applicationProperties: { attempt: 2 },
    });
  });

  it('complete what they handled', async () => {
    expect(await waitFor('the queue to be empty', () => isEmpty('text'))).toBe(true);
  });

  it('get bytes with dataType binary', async () => {
    await send('bytes', { body: Buffer.from([0, 123, 255]) });
    expect(await sawWhere('bytes', ({ hex }) => hex !== undefined)).toEqual({ isBuffer: true, hex: '007bff' });
  });

  it('get many messages in one call', async () => {
    const sender = bus.client.createSender('many');
    await sender.sendMessages(
      Array.from({ length: 25 }, (_, number) => ({ body: number, messageId: `many-${number}` })),
    );
    const batches = await waitFor('25 messages', () => {
      const calls = seen.filter(({ ids }) => ids) as { ids: string[]; messages: number[] }[];
      return calls.flatMap(({ ids }) => ids).length === 25 && calls;
    });
    expect(batches.flatMap(({ messages }) => messages).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 25 }, (_, n) => n),
    );
    expect(Math.max(...batches.map(({ ids }) => ids.length))).toBeLessThanOrEqual(10);
    expect(batches.length).toBeLessThan(25);
  });

  it('give back what they throw on, until it is a dead letter', async () => {
    await send('fails', { body: { id: 'f' }, messageId: 'fails-1' });
    const receiver = bus.client.createReceiver('fails', { subQueueType: 'deadLetter' });
    const [dead] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 20_000 });
    expect(dead).toMatchObject({ messageId: 'fails-1', deadLetterReason: 'MaxDeliveryCountExceeded' });
    expect(await host.saw('cannot do f')).toBe(true);
    await receiver.close();
  });

  it('run as many calls at once as host.json allows, and no more', async () => {
    await send('slow', ...Array.from({ length: 12 }, (_, id) => ({ body: { id, durationMs: 50 } })));
    const calls = await waitFor('12 calls', () => {
      const all = seen.filter(({ mostAtOnce }) => mostAtOnce !== undefined);
      return all.length === 12 && all;
    });
    expect(Math.max(...calls.map(({ mostAtOnce }) => mostAtOnce as number))).toBe(4);
  });

  it('send one message an element of an array, and hear a topic by a subscription', async () => {
    await send('fan-out', { body: {} });
    await sawWhere('the text', ({ subscriber }) => subscriber === 'two');
    expect(seen.find(({ subscriber }) => subscriber === 'two')).toMatchObject({ contentType: 'text/plain' });
    await sawWhere(
      'the last object',
      ({ subscriber }) => (subscriber as { number?: number } | undefined)?.number === 3,
    );
  });

  it('take the messages of each session in order, more sessions than can be open at once', async () => {
    const sessions = ['a', 'b', 'c', 'd', 'e'];
    for (let number = 0; number < 4; number += 1)
      await send('in-order', ...sessions.map((sessionId) => ({ body: { number }, sessionId })));
    const all = await waitFor(
      '20 messages',
      () => {
        const inOrder = seen.filter(({ session }) => session !== undefined);
        return inOrder.length === 20 && inOrder;
      },
      { timeoutMs: 40_000 },
    );
    for (const session of sessions)
      expect(all.filter((each) => each['session'] === session).map(({ number }) => number)).toEqual([0, 1, 2, 3]);
  });
});

describe('when the broker dies and returns', () => {
  it('functions receive again within seconds, plain and by session', async () => {
    await bus.restart(async () => {
      expect(await host.saw('was interrupted and is tried again')).toBe(true);
    });
    await send('text', { body: { after: 'restart' }, messageId: 'text-2' });
    await sawWhere(
      'text-2',
      ({ metadata }) => (metadata as { messageId?: string } | undefined)?.messageId === 'text-2',
    );
    await send('in-order', { body: { number: 'after restart' }, sessionId: 'z' });
    await sawWhere('session z', ({ session }) => session === 'z');
  });

  it('a message that was being handled is not lost', async () => {
    await send('slow', { body: { id: 'over the restart', durationMs: 1_500 } });
    await waitFor('the call to begin', async () => !(await isEmpty('slow')));
    await bus.restart();
    await sawWhere('the call to end', ({ id }) => id === 'over the restart');
    expect(await waitFor('the queue to be empty', () => isEmpty('slow'), { timeoutMs: 20_000 })).toBe(true);
  });
});

describe('a host of Service Bus functions', () => {
  it('waits for a broker that is not there yet, and says so', async () => {
    const late = await startLocalServiceBus(serviceBus);
    await late.restart(async () => {
      const starting = forkHost({ app: 'service-bus', environment: { Bus: late.connectionString, TOPIC: 'events' } });
      await waitFor('the host to say what it waits for', () =>
        starting.output().includes("Waiting for Service Bus and 'text'"),
      );
      started.push(starting);
    });
    const [starting] = started;
    await starting?.ready;
    starting?.child.kill('SIGTERM');
    expect(await starting?.exited).toBe(0);
    await late.close();
  });

  it('leaves out a function whose queue does not exist', async () => {
    const bare = await startLocalServiceBus({
      ...serviceBus,
      queues: serviceBus.queues.filter(({ name }) => name !== 'many'),
    });
    const partial = await startHostProcess({
      app: 'service-bus',
      environment: { Bus: bare.connectionString, TOPIC: 'events' },
    });
    expect(await partial.saw(/'Functions\.many' was unable to start: .*'many' could not be found/)).toBe(true);
    await partial.stop();
    await bare.close();
  });

  it('gives back what it is doing when it has to end', async () => {
    const other = await startLocalServiceBus(serviceBus);
    const ending = await startHostProcess({
      app: 'service-bus',
      environment: { Bus: other.connectionString, TOPIC: 'events' },
    });
    const sender = other.client.createSender('slow');
    await sender.sendMessages({ body: { id: 'endless', durationMs: 3_600_000 }, messageId: 'endless' });
    await ending.saw("Executing 'Functions.slow'");
    expect(await ending.stop()).toBe(0);
    const receiver = other.client.createReceiver('slow');
    const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 10_000 });
    expect(message).toMatchObject({ messageId: 'endless', deliveryCount: 1 });
    await other.close();
  });
});
