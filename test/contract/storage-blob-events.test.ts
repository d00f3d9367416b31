// The events that storage raises, by the real storage client and by plain HTTP: one for each finished change, none for anything else.
// They hang on private names of Azurite: an upgrade that moves them fails here.
import {
  type BlobServiceClient,
  BlobSASPermissions,
  type BlockBlobClient,
  type ContainerClient,
} from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BlobEvent } from '../../local/storage/blob-event.ts';
import { blobServiceOf, type LocalProcesses, localProcesses, tellPorts } from '../support/local-processes.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** In the place of Event Grid. */
let receiver: WebhookReceiver;
let processes: LocalProcesses;
let service: BlobServiceClient;
let incoming: ContainerClient;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  processes = await localProcesses({
    storage: { containers: [{ name: 'incoming' }] },
    eventGrid: { systemTopics: [{ name: 'storage', subscriptions: [] }] },
  });
  const storage = await processes.start('storage');
  tellPorts(storage, { services: Number(new URL(receiver.url).port) });
  service = blobServiceOf(storage);
  incoming = service.getContainerClient('incoming');
});
afterAll(async () => {
  await processes.close();
  await receiver.close();
});

let blob: BlockBlobClient;
let count = 0;
beforeEach(() => {
  blob = incoming.getBlockBlobClient(`film-${(count += 1)}.mp4`);
  receiver.received.length = 0;
});

/** All events so far; one more is raised and waited for, so that an event too many would be among them. */
async function raised(): Promise<BlobEvent[]> {
  const last = incoming.getBlockBlobClient(`last-${count}`);
  await last.upload('', 0);
  const all = () => receiver.received.flatMap(({ body }) => body as BlobEvent[]);
  await waitFor('the last event', () => all().some(({ subject }) => subject.endsWith(last.name)));
  return all().filter(({ subject }) => !subject.endsWith(last.name));
}

describe('an event is raised', () => {
  it('by a Put Blob, in Azure’s schema', async () => {
    const { etag, requestId, clientRequestId } = await blob.upload('frames', 6, {
      blobHTTPHeaders: { blobContentType: 'video/mp4' },
    });
    expect(await raised()).toEqual([
      {
        topic: expect.stringMatching(/^\/subscriptions\/.*\/Microsoft.Storage\/storageAccounts\/devstoreaccount1$/),
        subject: `/blobServices/default/containers/incoming/blobs/${blob.name}`,
        eventType: 'Microsoft.Storage.BlobCreated',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/),
        dataVersion: '',
        metadataVersion: '1',
        data: {
          api: 'PutBlob',
          clientRequestId,
          requestId,
          eTag: etag?.replaceAll('"', ''),
          contentType: 'video/mp4',
          contentLength: 6,
          blobType: 'BlockBlob',
          url: blob.url,
          sequencer: expect.any(String),
          storageDiagnostics: { batchId: expect.any(String) },
        },
      },
    ]);
  });

  it('by a block list, with the blob’s length and type, not by its blocks', async () => {
    const ids = ['a', 'b'].map((name) => Buffer.from(name).toString('base64'));
    for (const id of ids) await blob.stageBlock(id, 'frames', 6);
    await blob.commitBlockList(ids, { blobHTTPHeaders: { blobContentType: 'video/mp4' } });
    expect((await raised()).map(({ data }) => data)).toMatchObject([
      { api: 'PutBlockList', contentLength: 12, contentType: 'video/mp4' },
    ]);
  });

  it.each(['syncCopyFromURL', 'beginCopyFromURL'] as const)('by a copy: %s', async (copy) => {
    await blob.upload('frames', 6);
    const target = incoming.getBlobClient(`${blob.name}.copy`);
    const copied = await target[copy](blob.url);
    if ('pollUntilDone' in copied) await copied.pollUntilDone();
    const [, event] = await raised();
    expect(event?.subject).toMatch(/\.copy$/);
    expect(event?.data).toMatchObject({ api: 'CopyBlob', contentLength: 6 });
  });

  it('by a delete, without length and ETag', async () => {
    await blob.upload('frames', 6);
    await blob.delete();
    const [, event] = await raised();
    expect(event?.eventType).toBe('Microsoft.Storage.BlobDeleted');
    expect(event?.data).toMatchObject({ api: 'DeleteBlob', blobType: 'BlockBlob' });
    expect(Object.keys(event?.data ?? {})).not.toEqual(expect.arrayContaining(['eTag']));
    expect(Object.keys(event?.data ?? {})).not.toEqual(expect.arrayContaining(['contentLength']));
  });

  it('by every delete of a batch', async () => {
    const blobs = ['x', 'y'].map((name) => incoming.getBlockBlobClient(`${blob.name}-${name}`));
    for (const one of blobs) await one.upload('', 0);
    await service.getBlobBatchClient().deleteBlobs(blobs);
    expect((await raised()).map(({ data }) => data['api'])).toEqual(['PutBlob', 'PutBlob', 'DeleteBlob', 'DeleteBlob']);
  });

  it('by an overwrite, with a greater sequencer and another id', async () => {
    await blob.upload('1', 1);
    await blob.upload('22', 2);
    const [first, second] = await raised();
    expect(second?.data['contentLength']).toBe(2);
    expect(second?.id).not.toBe(first?.id);
    expect(String(second?.data['sequencer']) > String(first?.data['sequencer'])).toBe(true);
  });

  it('by a PUT with a SAS, whoever the client is', async () => {
    const url = await blob.generateSasUrl({
      permissions: BlobSASPermissions.parse('cw'),
      expiresOn: new Date(Date.now() + 60_000),
    });
    const answer = await fetch(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: 'frames' });
    expect(answer.status).toBe(201);
    expect((await raised()).map(({ data }) => data['api'])).toEqual(['PutBlob']);
  });

  it('with a subject as named and an encoded url', async () => {
    const odd = incoming.getBlockBlobClient('a b/ü%?.mp4');
    await odd.upload('', 0);
    const [event] = await raised();
    expect(event?.subject).toBe('/blobServices/default/containers/incoming/blobs/a b/ü%?.mp4');
    expect(new URL(String(event?.data['url'])).pathname).toBe('/devstoreaccount1/incoming/a%20b/%C3%BC%25%3F.mp4');
  });
});

describe('no event is raised', () => {
  it('by an upload that is refused because the blob is there', async () => {
    await blob.upload('1', 1);
    await expect(blob.upload('2', 1, { conditions: { ifNoneMatch: '*' } })).rejects.toMatchObject({ statusCode: 409 });
    expect(await raised()).toHaveLength(1);
  });

  it('by one whose condition does not hold', async () => {
    await blob.upload('1', 1);
    const conditions = { ifMatch: '"0x0"' };
    await expect(blob.upload('2', 1, { conditions })).rejects.toMatchObject({ statusCode: 412 });
    await expect(blob.delete({ conditions })).rejects.toMatchObject({ statusCode: 412 });
    expect(await raised()).toHaveLength(1);
  });

  it('by a delete of what is not there', async () => {
    await expect(blob.delete()).rejects.toMatchObject({ statusCode: 404 });
    expect(await raised()).toEqual([]);
  });

  it('by new metadata, headers, a snapshot or a lease', async () => {
    await blob.upload('1', 1);
    await blob.setMetadata({ a: 'b' });
    await blob.setHTTPHeaders({ blobContentType: 'text/plain' });
    await blob.createSnapshot();
    await blob.delete({ deleteSnapshots: 'only' });
    const lease = blob.getBlobLeaseClient();
    await lease.acquireLease(15);
    await lease.releaseLease();
    expect(await raised()).toHaveLength(1);
  });

  it('by a SAS of a wrong signature', async () => {
    const url = await blob.generateSasUrl({
      permissions: BlobSASPermissions.parse('w'),
      expiresOn: new Date(Date.now() + 60_000),
    });
    const tampered = url.replace(/sig=..../, 'sig=AAAA');
    const answer = await fetch(tampered, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: 'x' });
    expect(answer.status).toBe(403);
    expect(await raised()).toEqual([]);
  });
});

describe('a browser', () => {
  const preflight = (origin: string) =>
    fetch(blob.url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'x-ms-blob-type,content-type',
      },
    });

  it('meets the rules somebody has set, and its upload by SAS is an event like any other', async () => {
    const cors = [
      {
        allowedOrigins: 'http://mine.localhost',
        allowedMethods: 'PUT',
        allowedHeaders: '*',
        exposedHeaders: '*',
        maxAgeInSeconds: 1,
      },
    ];
    await service.setProperties({ cors });
    expect((await preflight('http://other.example')).status).toBe(403);
    expect((await preflight('http://mine.localhost')).status).toBe(200);
    const url = await blob.generateSasUrl({
      permissions: BlobSASPermissions.parse('cw'),
      expiresOn: new Date(Date.now() + 60_000),
    });
    const headers = { origin: 'http://mine.localhost', 'x-ms-blob-type': 'BlockBlob' };
    const answer = await fetch(url, { method: 'PUT', headers, body: 'x' });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([201, 'http://mine.localhost']);
    expect(await raised()).toHaveLength(1);
  });
});
