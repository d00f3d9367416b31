// Faults 13 and 15: a process that stands still (SIGSTOP) is not dead, and wakes up in a world that went on without it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { earliestEventPosition, EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import { ServiceBusClient } from '@azure/service-bus';
import { expect, onTestFailed, test } from 'vitest';
import { startHostProcess } from '../host/support/host-process.ts';
import { brokerProcess } from '../support/broker-process.ts';
import { connectionString, startServiceBus } from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

const consumer = new URL('../support/slow-consumer.ts', import.meta.url).pathname;

test('fault 13: a message whose consumer is frozen past its lock goes to another, and the first can no longer complete it', async () => {
  const serviceBus = { queues: [{ name: 'work', properties: { lockDuration: 'PT5S' } }] };
  await using bus = await startServiceBus({ serviceBus });
  await bus.client.createSender('work').sendMessages({ body: 'x' });
  const frozen = spawn(process.execPath, [consumer, String(bus.port), 'work'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFailed(() => void frozen.kill('SIGKILL'));
  const lines = createInterface({ input: frozen.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('locked');
  frozen.kill('SIGSTOP');

  const receiver = bus.client.createReceiver('work');
  const [again] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 20_000 });
  expect(again).toMatchObject({ body: 'x', deliveryCount: 1 });

  frozen.kill('SIGCONT');
  frozen.stdin.end('complete\n');
  expect((await lines.next()).value).toBe('MessageLockLost');
  if (again) await receiver.completeMessage(again);
  await once(frozen, 'exit');
  expect(await receiver.peekMessages(1)).toEqual([]);
});

const queues = ['text', 'bytes', 'many', 'fails', 'slow', 'fan-out', 'seen'].map((name) => ({
  name,
  properties: { maxDeliveryCount: 3, lockDuration: 'PT5M' },
}));
const topology = {
  serviceBus: {
    queues: [...queues, { name: 'in-order', properties: { requiresSession: true } }, { name: 'plain' }],
    topics: [{ name: 'events', subscriptions: [{ name: 'subscriber' }] }],
  },
  eventHubs: { hubs: [{ name: 'telemetry', properties: { partitionCount: 1, messageRetentionInDays: 1 } }] },
};

test('fault 15: every consumer of a broker that was frozen for a minute comes back by itself', async () => {
  await using broker = brokerProcess(topology);
  await broker.start();
  onTestFailed(() => console.log(broker.output().slice(-5000)));
  const connection = connectionString(broker.port);
  const client = new ServiceBusClient(connection, { retryOptions: { retryDelayInMs: 500 } });
  const seen: string[] = [];
  const receivers = ['plain', 'seen'].map((queue) => client.createReceiver(queue));
  for (const receiver of receivers)
    receiver.subscribe({
      processMessage: async ({ body }) => void seen.push(`${receiver.entityPath} ${JSON.stringify(body)}`),
      processError: async () => undefined,
    });
  const readers = new EventHubConsumerClient('$Default', connection, 'telemetry', {
    retryOptions: { retryDelayInMs: 500 },
  });
  readers.subscribe(
    {
      processEvents: async (events) => void seen.push(...events.map(({ body }) => `telemetry ${body as string}`)),
      processError: async () => undefined,
    },
    { startPosition: earliestEventPosition },
  );
  const host = await startHostProcess({ app: 'service-bus', environment: { Bus: connection, TOPIC: 'events' } });
  onTestFailed(() => console.log(seen, host.output().slice(-5000)));
  const producer = new EventHubProducerClient(connection, 'telemetry', { retryOptions: { retryDelayInMs: 500 } });

  const roundTrip = async (word: string): Promise<void> => {
    await Promise.all([
      client.createSender('plain').sendMessages({ body: word }),
      client.createSender('text').sendMessages({ body: word }),
      producer.sendBatch([{ body: word }]),
    ]);
    // The function that takes `text` tells of it in `seen`.
    for (const place of ['plain', 'seen', 'telemetry'])
      await waitFor(`${word} at ${place}`, () => seen.some((line) => line.startsWith(place) && line.includes(word)), {
        timeoutMs: 150_000,
      });
  };
  await roundTrip('before');
  broker.signal('SIGSTOP');
  const patient = client.createSender('plain').sendMessages({ body: 'meanwhile' });
  patient.catch(() => undefined);
  await delay(62_000);
  broker.signal('SIGCONT');
  await roundTrip('after');
  expect(seen.filter((line) => line === 'telemetry before')).toHaveLength(1);

  await host.stop();
  await Promise.all([client.close(), readers.close(), producer.close()]);
}, 300_000);
