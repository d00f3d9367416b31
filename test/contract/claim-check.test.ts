// Fault 19 with the real clients: bodies around the broker's limit, batches beyond it, and claims in Blob Storage.
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { blobClaimStore } from '../../shared/adapters/blobs/claim-check.ts';
import { createGuards } from '../../shared/adapters/resilience/guard.ts';
import { busOutboxSender, serviceBusSender } from '../../shared/adapters/messaging/service-bus-sender.ts';
import { redeem } from '../../shared/kernel/claim-check.ts';
import { toCloudEvent } from '../../shared/kernel/cloud-event.ts';
import type { OutboxMessage } from '../../shared/kernel/outbox.ts';
import { type LocalStorage, startLocalStorage } from '../host/support/local-storage.ts';
import { type LocalServiceBus, startServiceBus } from '../support/service-bus.ts';

const limitBytes = 256 * 1024;
let storage: LocalStorage;
let bus: LocalServiceBus;
let container: ContainerClient;
const guard = createGuards()['service-bus'];

beforeAll(async () => {
  storage = await startLocalStorage([]);
  container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('claim-checks');
  await container.create();
  bus = await startServiceBus({ serviceBus: { queues: [{ name: 'work' }] } });
});

afterAll(async () => {
  await bus[Symbol.asyncDispose]();
  await storage.close();
});

beforeEach(async () => {
  for await (const { name } of container.listBlobsFlat()) await container.deleteBlob(name);
});

const claims = () => blobClaimStore(() => container);
const raw = () => serviceBusSender(() => bus.client, guard);
const names = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const { name } of container.listBlobsFlat()) found.push(name);
  return found;
};

/** A message whose body has so many bytes. */
function messageOf(bytes: number, id = `m-${bytes}`): OutboxMessage {
  const event = (filling: string): string =>
    JSON.stringify(
      toCloudEvent({ id, type: 'millrace.tests.Thing.v1', subject: 's', time: '2026-01-01T00:00:00Z', data: filling }),
    );
  const body = event('x'.repeat(bytes - event('').length));
  return { destination: 'work', messageId: id, label: 'Thing', correlationId: 's', body };
}

async function receive(count: number): Promise<{ id: string; body: Buffer }[]> {
  const receiver = bus.client.createReceiver('work', { skipParsingBodyAsJson: true, receiveMode: 'receiveAndDelete' });
  const received: { id: string; body: Buffer }[] = [];
  while (received.length < count) {
    const messages = await receiver.receiveMessages(count - received.length, { maxWaitTimeInMs: 5_000 });
    if (messages.length === 0) throw new Error(`${received.length} of ${count} came`);
    received.push(...messages.map(({ messageId, body }) => ({ id: String(messageId), body: Buffer.from(body) })));
  }
  await receiver.close();
  return received;
}

test.each([
  ['one byte below', -1],
  ['at', 0],
  ['one byte above', 1],
])('fault 19: a body %s the 256 KB of the broker is sent by its claim and read whole', async (_, more) => {
  const message = messageOf(limitBytes + more);
  await busOutboxSender(raw(), claims()).send('work', [message]);
  const [{ body } = { body: Buffer.alloc(0) }] = await receive(1);
  expect(body.length).toBeLessThan(1_000);
  expect(JSON.parse(Buffer.from(await redeem(body, claims())).toString())).toEqual(JSON.parse(message.body));
  expect(await names()).toHaveLength(1);
});

test('fault 19: without a claim the broker refuses it, which is no reason to try again', async () => {
  const refused = { code: 'message-too-large', kind: 'permanent' };
  const body = Buffer.alloc(limitBytes + 1);
  await expect(raw().send('work', { messageId: 'one', body })).rejects.toMatchObject(refused);
  await expect(raw().send('work', [{ messageId: 'of-many', body }])).rejects.toMatchObject(refused);
});

test('more messages than one batch holds go in several, each once and in order', async () => {
  const messages = Array.from({ length: 40 }, (_, n) => messageOf(31_000, `batch-${String(n).padStart(2, '0')}`));
  await busOutboxSender(raw(), claims()).send('work', messages);
  expect((await receive(40)).map(({ id }) => id)).toEqual(messages.map(({ messageId }) => messageId));
  expect(await names()).toEqual([]);
});

test('a claim that is not there is told from a storage that does not answer', async () => {
  expect(await claims().get('0'.repeat(64))).toBeUndefined();
  const nobody = storage.connectionString.replace(
    /BlobEndpoint=http:\/\/127\.0\.0\.1:\d+/,
    'BlobEndpoint=http://127.0.0.1:9',
  );
  const down = BlobServiceClient.fromConnectionString(nobody, { retryOptions: { maxTries: 1 } });
  const unreachable = blobClaimStore(() => down.getContainerClient('claim-checks'));
  await expect(unreachable.get('0'.repeat(64))).rejects.toMatchObject({ code: 'storage-unavailable' });
  await expect(unreachable.put('x', Buffer.from('x'))).rejects.toMatchObject({ code: 'storage-unavailable' });
});

test('claims are collected by their age, and one that was stored anew is young again', async () => {
  const store = claims();
  await store.put('a', Buffer.from('a'));
  await store.put('b', Buffer.from('b'));
  const { lastModified: before } = await container.getBlobClient('b').getProperties();
  if (before === undefined) throw new Error('a blob has no age');
  expect(await store.collect(before)).toBe(0);
  expect(await store.collect(new Date(before.getTime() + 1_000))).toBe(2);
  expect(await names()).toEqual([]);
});

test('a claim stored anew between being listed and being collected stays', async () => {
  await claims().put('a', Buffer.from('a'));
  const racing = Object.create(container, {
    deleteBlob: {
      value: async (...args: Parameters<ContainerClient['deleteBlob']>) => {
        await claims().put('a', Buffer.from('a'));
        return await container.deleteBlob(...args);
      },
    },
  }) as ContainerClient;
  expect(await blobClaimStore(() => racing).collect(new Date(Date.now() + 60_000))).toBe(0);
  expect(await names()).toEqual(['a']);
});
