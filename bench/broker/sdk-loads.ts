// What the real SDKs do to a server, each load timed and its result checked. Bodies are of 1 KiB.
import { earliestEventPosition, EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusSender } from '@azure/service-bus';
import { connectionString } from '../../test/support/service-bus.ts';
import type { Run } from '../pairs.ts';
import type { Server } from './servers.ts';

export interface Load {
  readonly name: string;
  /** Untimed: what the load takes away is put there, and what it leaves is taken away. */
  run(server: Server, count: number): Promise<Run>;
}

const body = Buffer.alloc(1024, 'm');
const batchSize = 100;
const parallelSends = 64;

async function timed(server: Server, units: number, work: () => Promise<void>): Promise<Run> {
  const cpuMs = server.cpuMs();
  const begun = performance.now();
  await work();
  return { units, wallMs: performance.now() - begun, cpuMs: server.cpuMs() - cpuMs };
}

export async function withClient<T>(server: Server, act: (client: ServiceBusClient) => Promise<T>): Promise<T> {
  const client = new ServiceBusClient(connectionString(server.port));
  try {
    return await act(client);
  } finally {
    await client.close();
  }
}

async function sendAwaited(sender: ServiceBusSender, count: number): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) {
      next += 1;
      await sender.sendMessages({ body, messageId: `m${next}` });
    }
  };
  await Promise.all(Array.from({ length: parallelSends }, one));
}

export async function sendBatches(sender: ServiceBusSender, count: number): Promise<void> {
  for (let from = 0; from < count; from += batchSize)
    await sender.sendMessages(Array.from({ length: batchSize }, (_, n) => ({ body, messageId: `m${from + n}` })));
}

/** Takes everything away and counts it. */
async function drain(client: ServiceBusClient, count: number): Promise<void> {
  const receiver = client.createReceiver('work', { receiveMode: 'receiveAndDelete' });
  // Asked for more than there is, the SDK waits a second for it.
  for (let left = count; left > 0; ) {
    const { length } = await receiver.receiveMessages(Math.min(left, 1000), { maxWaitTimeInMs: 5_000 });
    left -= length || failed(left);
  }
  const [extra] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 100 });
  if (extra) throw new Error('the queue held more than was sent');
}

const failed = (left: number): never => {
  throw new Error(`${left} messages are missing`);
};

/** Every sequence number once; the floor counts only. */
function checkOnce(messages: readonly ServiceBusReceivedMessage[], count: number): void {
  const numbers = new Set(messages.map(({ sequenceNumber }) => String(sequenceNumber)));
  if (messages.length !== count || (numbers.size !== 1 && numbers.size !== count))
    throw new Error(`${messages.length} messages, ${numbers.size} numbers, expected ${count}`);
}

const sending = (send: (sender: ServiceBusSender, count: number) => Promise<void>) => (server: Server, count: number) =>
  withClient(server, async (client) => {
    const sender = client.createSender('work');
    await sender.sendMessages({ body });
    const run = await timed(server, count, () => send(sender, count));
    await drain(client, count + 1);
    return run;
  });

const receiving =
  (receive: (client: ServiceBusClient, count: number) => Promise<readonly ServiceBusReceivedMessage[]>) =>
  (server: Server, count: number) =>
    withClient(server, async (client) => {
      await sendBatches(client.createSender('work'), count);
      let messages: readonly ServiceBusReceivedMessage[] = [];
      const run = await timed(server, count, async () => {
        messages = await receive(client, count);
      });
      checkOnce(messages, count);
      await drain(client, 0);
      return run;
    });

async function receiveAndComplete(client: ServiceBusClient, count: number): Promise<ServiceBusReceivedMessage[]> {
  const receiver = client.createReceiver('work');
  const all: ServiceBusReceivedMessage[] = [];
  while (all.length < count) {
    const messages = await receiver.receiveMessages(batchSize, { maxWaitTimeInMs: 5_000 });
    if (messages.length === 0) failed(count - all.length);
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    all.push(...messages);
  }
  return all;
}

async function subscribe(client: ServiceBusClient, count: number): Promise<ServiceBusReceivedMessage[]> {
  const receiver = client.createReceiver('work');
  const all: ServiceBusReceivedMessage[] = [];
  let completed = 0;
  await new Promise<void>((resolve, reject) => {
    const processMessage = async (message: ServiceBusReceivedMessage) => {
      all.push(message);
      await receiver.completeMessage(message);
      completed += 1;
      if (completed >= count) resolve();
    };
    const processError = async ({ error }: { error: Error }) => reject(error);
    receiver.subscribe({ processMessage, processError }, { maxConcurrentCalls: 64, autoCompleteMessages: false });
  });
  return all;
}

async function publish(producer: EventHubProducerClient, count: number): Promise<void> {
  for (let from = 0; from < count; from += batchSize)
    await producer.sendBatch(
      Array.from({ length: batchSize }, () => ({ body })),
      { partitionId: '0' },
    );
}

async function publishEvents(server: Server, count: number): Promise<Run> {
  const producer = new EventHubProducerClient(connectionString(server.port), 'stream');
  await publish(producer, batchSize);
  const run = await timed(server, count, () => publish(producer, count));
  await producer.close();
  return run;
}

/** The first `count` events: what was published before is read again. */
async function readEvents(server: Server, count: number): Promise<Run> {
  const producer = new EventHubProducerClient(connectionString(server.port), 'stream');
  await publish(producer, count);
  await producer.close();
  const consumer = new EventHubConsumerClient('$Default', connectionString(server.port), 'stream');
  let next = 0;
  const run = await timed(server, count, async () => {
    await new Promise<void>((resolve, reject) => {
      const processEvents = async (events: readonly { readonly sequenceNumber: number }[]) => {
        for (const { sequenceNumber } of events) {
          if (sequenceNumber !== next && sequenceNumber !== 1)
            reject(new Error(`event ${sequenceNumber} is not ${next}`));
          next += 1;
        }
        if (next >= count) resolve();
      };
      const handlers = { processEvents, processError: async (error: Error) => reject(error) };
      const options = { startPosition: earliestEventPosition, maxBatchSize: 500, skipParsingBodyAsJson: true };
      consumer.subscribe('0', handlers, options);
    });
  });
  await consumer.close();
  return { ...run, units: count };
}

export const loads: readonly Load[] = [
  { name: 'send, 64 awaited in parallel', run: sending(sendAwaited) },
  { name: 'send in batches of 100', run: sending(sendBatches) },
  { name: 'receive 100 and complete', run: receiving(receiveAndComplete) },
  { name: 'subscribe and complete, 64 at once', run: receiving(subscribe) },
  { name: 'publish events in batches of 100', run: publishEvents },
  { name: 'read events', run: readEvents },
];
