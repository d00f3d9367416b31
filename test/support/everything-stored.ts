// All that an app has stored, as text to be searched: tables, blobs, queues of both kinds and the hubs. What stand-ins keep is not ours.
import { EventHubConsumerClient } from '@azure/event-hubs';
import { ServiceBusClient } from '@azure/service-bus';
import { TableClient, TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import topology from '../../infra/topology.json' with { type: 'json' };

export interface Stored {
  /** Where it stands. */
  readonly place: string;
  readonly text: string;
}

/** @param storage connection string of tables, blobs and queues; `serviceBus` of queues and hubs */
export async function* everythingStored(storage: string, serviceBus: string): AsyncGenerator<Stored> {
  yield* tableRows(storage);
  yield* blobs(storage);
  yield* storageQueues(storage);
  yield* busQueues(serviceBus);
  for (const { name } of topology.eventHubs.hubs) yield* hubEvents(serviceBus, name);
}

async function* tableRows(storage: string): AsyncGenerator<Stored> {
  const options = { allowInsecureConnection: true };
  for await (const { name = '' } of TableServiceClient.fromConnectionString(storage, options).listTables()) {
    const table = TableClient.fromConnectionString(storage, name, options);
    for await (const row of table.listEntities()) yield { place: `table ${name}`, text: JSON.stringify(row) };
  }
}

async function* blobs(storage: string): AsyncGenerator<Stored> {
  const service = BlobServiceClient.fromConnectionString(storage);
  for await (const { name } of service.listContainers()) {
    const container = service.getContainerClient(name);
    for await (const blob of container.listBlobsFlat({ includeMetadata: true })) {
      const content = await container.getBlobClient(blob.name).downloadToBuffer();
      yield { place: `container ${name}`, text: `${JSON.stringify(blob)} ${content.toString('latin1')}` };
    }
  }
}

async function* storageQueues(storage: string): AsyncGenerator<Stored> {
  const service = QueueServiceClient.fromConnectionString(storage);
  for await (const { name } of service.listQueues()) {
    const { peekedMessageItems } = await service.getQueueClient(name).peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems) {
      yield { place: `storage queue ${name}`, text: Buffer.from(messageText, 'base64').toString() + messageText };
    }
  }
}

async function* busQueues(serviceBus: string): AsyncGenerator<Stored> {
  const bus = new ServiceBusClient(serviceBus);
  try {
    for (const { name } of topology.serviceBus.queues) {
      for (const options of [{}, { subQueueType: 'deadLetter' as const }]) {
        const receiver = bus.createReceiver(name, { ...options, skipParsingBodyAsJson: true });
        for (const { body, applicationProperties } of await receiver.peekMessages(250)) {
          const text = Buffer.from(body).toString() + JSON.stringify(applicationProperties);
          yield { place: `queue ${name}`, text };
        }
        await receiver.close();
      }
    }
  } finally {
    await bus.close();
  }
}

/** Every event from the first to what is the last now. */
async function* hubEvents(serviceBus: string, hub: string): AsyncGenerator<Stored> {
  const client = new EventHubConsumerClient('$Default', serviceBus, hub);
  try {
    for (const partition of await client.getPartitionIds()) {
      const { isEmpty, lastEnqueuedSequenceNumber: last } = await client.getPartitionProperties(partition);
      if (!isEmpty)
        for (const body of await eventsUntil(client, partition, last)) yield { place: `hub ${hub}`, text: body };
    }
  } finally {
    await client.close();
  }
}

async function eventsUntil(client: EventHubConsumerClient, partition: string, last: number): Promise<string[]> {
  const bodies: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const reading = client.subscribe(
    partition,
    {
      processEvents: async (events) => {
        for (const { body, sequenceNumber } of events) {
          bodies.push(JSON.stringify(body));
          if (sequenceNumber >= last) resolve();
        }
      },
      processError: async (error) => reject(error),
    },
    { startPosition: { sequenceNumber: -1, isInclusive: false } },
  );
  await promise;
  await reading.close();
  return bodies;
}
