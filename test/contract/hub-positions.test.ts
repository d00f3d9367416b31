// How far consumers are, against the local hub by the real SDK and checkpoints as the Functions host writes them.
import { EventHubProducerClient } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointContainer, hubPositions } from '../../shared/adapters/messaging/hub-positions.ts';
import { createGuard } from '../../shared/adapters/resilience/guard.ts';
import { limits } from '../../shared/adapters/resilience/limits.ts';
import { lagOf } from '../../shared/operations/consumer-position.ts';
import { type LocalStorage, startLocalStorage } from '../host/support/local-storage.ts';
import { type LocalEventHubs, startEventHubs } from '../support/event-hubs.ts';

const hub = { name: 'telemetry', properties: { partitionCount: 2 }, consumerGroups: [{ name: 'Aggregation' }] };
const guard = () => createGuard('event-hubs', limits['event-hubs']);
let hubs: LocalEventHubs;
let storage: LocalStorage;
let container: ContainerClient;
let producer: EventHubProducerClient;

beforeAll(async () => {
  [hubs, storage] = await Promise.all([startEventHubs({ eventHubs: { hubs: [hub] } }), startLocalStorage([])]);
  container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient(checkpointContainer);
  producer = hubs.producer();
});

afterAll(async () => {
  await hubs[Symbol.asyncDispose]();
  await storage.close();
});

const lags = async (groups = ['Aggregation']) => {
  const positions = await hubPositions(() => producer, guard(), container).read('telemetry', groups);
  return Object.fromEntries(positions.map((position) => [position.subject, lagOf(position)]));
};

const send = (partitionId: string, count: number) =>
  producer.sendBatch(
    Array.from({ length: count }, (_, n) => ({ body: n })),
    { partitionId },
  );

test('a consumer is behind by what came after its checkpoint, by all while it has none, in each partition', async () => {
  // Nobody has made the container yet.
  expect(await lags()).toEqual({ 'telemetry/Aggregation/0': 0, 'telemetry/Aggregation/1': 0 });
  await send('0', 5);
  await send('1', 3);
  expect(await lags()).toEqual({ 'telemetry/Aggregation/0': 5, 'telemetry/Aggregation/1': 3 });

  await container.create();
  const { fullyQualifiedNamespace } = producer;
  await new BlobCheckpointStore(container).updateCheckpoint({
    fullyQualifiedNamespace,
    eventHubName: 'telemetry',
    consumerGroup: 'Aggregation',
    partitionId: '0',
    sequenceNumber: 3,
    offset: '300',
  });
  expect(await lags()).toEqual({ 'telemetry/Aggregation/0': 1, 'telemetry/Aggregation/1': 3 });
  expect(await lags(['other'])).toEqual({ 'telemetry/other/0': 5, 'telemetry/other/1': 3 });
});

test('a hub that does not answer is an error that passes', async () => {
  const away = new EventHubProducerClient(
    'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true;',
    'telemetry',
    { retryOptions: { maxRetries: 0, timeoutInMs: 1_000 } },
  );
  const positions = hubPositions(() => away, guard(), container);
  await expect(positions.read('telemetry', ['Aggregation'])).rejects.toMatchObject({ code: 'messaging-unavailable' });
  await away.close();
});
