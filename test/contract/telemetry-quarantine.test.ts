// Quarantined events in the local Blob Storage by the real client.
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blobQuarantine } from '../../shared/adapters/blobs/quarantine.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { type LocalStorage, startLocalStorage } from '../host/support/local-storage.ts';

let storage: LocalStorage;
let container: ContainerClient;

beforeAll(async () => {
  storage = await startLocalStorage([]);
  container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('quarantine');
  await container.create();
});

afterAll(() => storage.close());

const event = {
  hub: 'telemetry',
  consumerGroup: 'aggregation',
  partition: '3',
  offset: '4096',
  sequenceNumber: '17',
  enqueuedAt: Date.UTC(2030, 0, 1),
  body: Buffer.from([0, 255, 10, 13]),
};
const name = 'telemetry/aggregation/3/00000000000000004096';

test('the body is untouched, and beside it stand the reason and where it came from', async () => {
  await blobQuarantine(container).put(event, new AppError('invalid-reading', 'The reading is not valid'));
  const blob = container.getBlobClient(name);
  expect(await blob.downloadToBuffer()).toEqual(event.body);
  expect((await blob.getProperties()).metadata).toEqual({
    reason: 'invalid-reading',
    description: 'The reading is not valid',
    hub: 'telemetry',
    consumergroup: 'aggregation',
    partition: '3',
    offset: '4096',
    sequencenumber: '17',
    enqueuedat: '2030-01-01T00:00:00.000Z',
  });
});

test('an event that is put away twice is there once', async () => {
  const reason = new AppError('invalid-reading', 'no');
  await blobQuarantine(container).put(event, reason);
  await blobQuarantine(container).put(event, reason);
  const names: string[] = [];
  for await (const blob of container.listBlobsFlat()) names.push(blob.name);
  expect(names).toEqual([name]);
});

test.each([['Gerät\r\nEvil: header ✓ \ud800'], [''], ['x'.repeat(100_000)]])(
  'a description that is no header, %.20j, is made one',
  async (text) => {
    const odd = { ...event, offset: String(text.length), body: Buffer.alloc(0) };
    await blobQuarantine(container).put(odd, new AppError('invalid-reading', text));
    const blob = container.getBlobClient(`telemetry/aggregation/3/${odd.offset.padStart(20, '0')}`);
    expect((await blob.getProperties()).metadata?.['reason']).toBe('invalid-reading');
  },
);
