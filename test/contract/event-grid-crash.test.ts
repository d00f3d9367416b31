// Storage and services as processes that are killed: no blob event is lost, and what nobody takes is a blob in storage.
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  blobServiceOf,
  type LocalProcess,
  type LocalProcesses,
  localProcesses,
  tellPorts,
} from '../support/local-processes.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const topology = {
  storage: { containers: [{ name: 'incoming' }, { name: 'dead-letters' }] },
  eventGrid: {
    systemTopics: [
      {
        name: 'storage',
        subscriptions: [
          {
            name: 'uploads',
            function: 'receive',
            deadLetterContainer: 'dead-letters',
            properties: { filter: { subjectBeginsWith: '/blobServices/default/containers/incoming/' } },
          },
        ],
      },
    ],
  },
};

let processes: LocalProcesses;
let receiver: WebhookReceiver;

beforeEach(async () => {
  processes = await localProcesses(topology);
  receiver = await startWebhookReceiver();
});
afterEach(async () => {
  await processes.close();
  await receiver.close();
});

const startServices = (ports: LocalProcess['ports'] = {}) =>
  processes.start('services', { ports, functionPort: new URL(receiver.url).port });

function introduce(storage: LocalProcess, services: LocalProcess): void {
  for (const one of [storage, services]) tellPorts(one, { ...storage.ports, ...services.ports });
}

const incomingOf = (storage: LocalProcess) => blobServiceOf(storage).getContainerClient('incoming');

function deliveredBlobs(): Set<string> {
  const subjects = receiver.received.flatMap(({ body }) =>
    (body as { subject: string }[]).map(({ subject }) => subject),
  );
  return new Set(subjects.map((subject) => subject.replace(/^.*\/blobs\//, '')));
}

test('services killed under uploads lose no blob event', async () => {
  const storage = await processes.start('storage');
  let services = await startServices();
  introduce(storage, services);
  const incoming = incomingOf(storage);
  const names: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const uploads = Array.from({ length: 10 }, async (_, index) => {
      const name = `film-${round}-${index}`;
      await incoming.getBlockBlobClient(name).upload('frames', 6);
      names.push(name);
    });
    await Promise.all(uploads.slice(0, 3));
    await processes.kill(services);
    await Promise.all(uploads);
    services = await startServices(services.ports);
    introduce(storage, services);
  }
  await waitFor('every event', () => deliveredBlobs().size === 40, { timeoutMs: 30_000 });
  expect([...deliveredBlobs()].toSorted()).toEqual(names.toSorted());
});

test('storage killed before it could tell of a blob tells of it when it is back', async () => {
  const storage = await processes.start('storage');
  await incomingOf(storage).getBlockBlobClient('film').upload('frames', 6);
  await processes.kill(storage);
  const again = await processes.start('storage');
  const services = await startServices();
  introduce(again, services);
  await waitFor('the event', () => deliveredBlobs().has('film'));
  expect(receiver.received).toHaveLength(1);
  expect(receiver.received[0]?.url).toBe('/runtime/webhooks/EventGrid?functionName=receive&code=key');
});

test('an event that its function refuses for good is a blob in the container of dead letters', async () => {
  const storage = await processes.start('storage');
  const services = await startServices();
  introduce(storage, services);
  receiver.onDelivery = () => ({ status: 400 });
  const incoming = incomingOf(storage);
  await incoming.getBlockBlobClient('film').upload('frames', 6);
  const container = blobServiceOf(storage).getContainerClient('dead-letters');
  const name = await waitFor('the dead letter', async () => {
    const { value } = await container.listBlobsFlat().next();
    return value?.name as string | undefined;
  });
  expect(name).toMatch(/^UPLOADS\/\d{4}\/\d{1,2}\/\d{1,2}\/\d{1,2}\/[0-9a-f-]{36}\.json$/);
  const content = await container.getBlobClient(name).downloadToBuffer();
  expect(JSON.parse(content.toString())).toMatchObject([
    {
      eventType: 'Microsoft.Storage.BlobCreated',
      deadLetterReason: 'UndeliverableDueToClientError',
      deliveryAttempts: 1,
    },
  ]);
});
