import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startHostProcess, type HostProcess } from './support/host-process.ts';
import { startLocalServiceBus, type LocalServiceBus } from './support/local-service-bus.ts';

const shortLock = { maxDeliveryCount: 10, lockDuration: 'PT5S' };
const longLock = { maxDeliveryCount: 10, lockDuration: 'PT5M' };

let bus: LocalServiceBus;
let host: HostProcess;
const seen: Record<string, unknown>[] = [];

beforeAll(async () => {
  bus = await startLocalServiceBus({
    queues: [
      ...['manual', 'long'].map((name) => ({ name, properties: shortLock })),
      ...['dying', 'many', 'held', 'generic', 'seen'].map((name) => ({ name, properties: longLock })),
    ],
    topics: [{ name: 'events', properties: {}, subscriptions: [{ name: 'dying', properties: {} }] }],
  });
  host = await startHostProcess({ app: 'service-bus-options', environment: { Bus: bus.connectionString } });
  bus.client.createReceiver('seen').subscribe({
    processMessage: async ({ body }) => void seen.push(body as Record<string, unknown>),
    processError: async () => undefined,
  });
});
afterAll(async () => {
  await host.stop();
  await bus.close();
});

async function send(entity: string, ...bodies: unknown[]): Promise<void> {
  const sender = bus.client.createSender(entity);
  for (const body of bodies) await sender.sendMessages({ body });
  await sender.close();
}

const callsWith = (name: string) => seen.filter((call) => call[name] !== undefined).map((call) => call[name]);

async function peekAll(queue: string) {
  const receiver = bus.client.createReceiver(queue);
  const messages = await receiver.peekMessages(100);
  await receiver.close();
  return messages;
}

describe('a Service Bus function', () => {
  it('with autoCompleteMessages false gets a message again when its lock has run out, and one that takes long only once', async () => {
    await send('manual', 'again');
    await send('long', 'once');
    await waitFor('a second delivery', () => callsWith('manual').includes(2));
    await waitFor('the long call', () => callsWith('long').length > 0);
    await waitFor('the long message to be completed', async () => (await peekAll('long')).length === 0);
    expect(callsWith('long')).toEqual([1]);
    expect(await peekAll('manual')).toHaveLength(1);
  });

  it('hears the dead letters of a queue and of a subscription', async () => {
    await send('dying', 'of a queue');
    await send('events', 'of a subscription');
    const receivers = [bus.client.createReceiver('dying'), bus.client.createReceiver('events', 'dying')];
    for (const receiver of receivers) {
      const [message] = await receiver.receiveMessages(1);
      if (message)
        await receiver.deadLetterMessage(message, { deadLetterReason: 'test', deadLetterErrorDescription: '' });
      await receiver.close();
    }
    await waitFor('both', () => callsWith('dead').length + callsWith('deadOfSubscription').length === 2);
    expect(seen).toContainEqual({ dead: 'of a queue', reason: 'test' });
    expect(seen).toContainEqual({ deadOfSubscription: 'of a subscription' });
  });

  it('that takes many waits for minMessageBatchSize of them', async () => {
    await send('many', 1, 2, 3, 4, 5);
    await waitFor('the call', () => callsWith('many').length > 0);
    expect(callsWith('many')).toEqual([5]);
  });

  it('holds prefetchCount messages beside those that run', async () => {
    await send('held', ...Array.from({ length: 10 }, (_, number) => number));
    await waitFor('two calls', () => host.output().match(/Executing 'Functions\.held'/g)?.length === 2);
    const other = bus.client.createReceiver('held');
    const rest = await other.receiveMessages(10, { maxWaitTimeInMs: 2_000 });
    expect(rest.map(({ body }) => body as number)).toEqual([5, 6, 7, 8, 9]);
    for (const message of rest) await other.completeMessage(message);
    await other.close();
    await fetch(`${host.origin}/api/release`);
    await waitFor('the rest to be handled', async () => (await peekAll('held')).length === 0);
  });

  it('may be registered by the type of its trigger and output alone, with expressions in the output', async () => {
    await send('generic', { text: 'hello', target: 'seen' });
    await waitFor('the call', () => callsWith('generic').length > 0);
    expect(callsWith('generic')).toEqual(['hello']);
  });
});
