import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startHostProcess, type HostProcess } from './support/host-process.ts';
import { startLocalStorage, type LocalStorage } from './support/local-storage.ts';

let storage: LocalStorage;
let host: HostProcess;
let blobs: BlobServiceClient;
let queues: QueueServiceClient;
const seen: Record<string, unknown>[] = [];

const startHost = () =>
  startHostProcess({
    app: 'blob',
    environment: { AzureWebJobsStorage: storage.connectionString, CONTAINER: 'scanned', PREFIX: 'copy-of' },
  });

beforeAll(async () => {
  storage = await startLocalStorage(['copy', 'seen']);
  blobs = BlobServiceClient.fromConnectionString(storage.connectionString);
  queues = QueueServiceClient.fromConnectionString(storage.connectionString);
  for (const name of ['scanned', 'told', 'broken', 'incoming']) await blobs.createContainer(name);
  host = await startHost();
});
afterAll(async () => {
  await host.stop();
  await storage.close();
});

const put = (container: string, name: string, content: string) =>
  blobs
    .getContainerClient(container)
    .getBlockBlobClient(name)
    .upload(content, Buffer.byteLength(content), {
      metadata: { Kind: 'test' },
      blobHTTPHeaders: { blobContentType: 'text/plain' },
    });

/** Takes what the functions returned so far. */
async function readSeen(): Promise<readonly Record<string, unknown>[]> {
  const queue = queues.getQueueClient('seen');
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  for (const { messageText, messageId, popReceipt } of receivedMessageItems) {
    seen.push(JSON.parse(messageText) as Record<string, unknown>);
    await queue.deleteMessage(messageId, popReceipt);
  }
  return seen;
}

const sawWhere = (label: string, matches: (each: Record<string, unknown>) => boolean) =>
  waitFor(label, async () => (await readSeen()).find(matches), { timeoutMs: 20_000 });

const scannedCalls = (content: string) => seen.filter(({ scanned }) => scanned === content);

describe('a blob function that watches its container', () => {
  it('gets the content, and metadata with the parts of the path', async () => {
    await put('scanned', 'a/b/report.v1.csv', 'first');
    const { metadata } = await sawWhere('the call', ({ scanned }) => scanned === 'first');
    expect(metadata).toMatchObject({
      blobTrigger: 'scanned/a/b/report.v1.csv',
      folder: 'a/b',
      name: 'report.v1',
      ext: 'csv',
      metadata: { kind: 'test' },
      properties: { contentLength: 5, contentType: 'text/plain' },
    });
    expect((metadata as { uri: string }).uri).toMatch(/\/scanned\/a/);
  });

  it('runs again for a new version, and not for a blob its path does not fit', async () => {
    await put('scanned', 'unfit', 'unfit');
    await put('scanned', 'a/b/report.v1.csv', 'second');
    await sawWhere('the second version', ({ scanned }) => scanned === 'second');
    expect(scannedCalls('unfit')).toHaveLength(0);
  });

  it('runs once a version, also over a restart of the host, and sees what came while it was down', async () => {
    await host.stop();
    await put('scanned', 'x/late.txt', 'late');
    host = await startHost();
    await sawWhere('the late blob', ({ scanned }) => scanned === 'late');
    await put('scanned', 'x/last.txt', 'last');
    await sawWhere('the last blob', ({ scanned }) => scanned === 'last');
    for (const content of ['first', 'second', 'late', 'last']) expect(scannedCalls(content)).toHaveLength(1);
  });

  it('is tried poisonBlobThreshold times, then the blob is named in the poison queue', async () => {
    await put('broken', 'bad.bin', 'bad');
    const poison = queues.getQueueClient('webjobs-blobtrigger-poison');
    const [message] = await waitFor(
      'the poison message',
      async () => {
        if (!(await poison.exists())) return false;
        const { peekedMessageItems } = await poison.peekMessages();
        return peekedMessageItems.length > 0 && peekedMessageItems;
      },
      { timeoutMs: 20_000 },
    );
    expect(JSON.parse(Buffer.from(message?.messageText ?? '', 'base64').toString())).toMatchObject({
      Type: 'BlobTrigger',
      FunctionId: 'Host.Functions.broken',
      BlobType: 'BlockBlob',
      ContainerName: 'broken',
      BlobName: 'bad.bin',
    });
    expect(host.output().match(/Executed 'Functions\.broken' \(Failed/g)).toHaveLength(2);
  });
});

describe('a blob function with the source EventGrid', () => {
  const deliver = (path: string, subject: string, eventType = 'Microsoft.Storage.BlobCreated') =>
    fetch(`${host.origin}/runtime/webhooks/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification' },
      body: JSON.stringify([{ id: '1', subject, eventType, data: { eTag: '0x1', blobType: 'BlockBlob' } }]),
    });
  const subjectOf = (name: string) => `/blobServices/default/containers/told/blobs/${name}`;

  it("runs for the events of its path, brought to Azure's address or by a topology's subscription", async () => {
    await put('told', 'by azure', '{"a":1}');
    await put('told', 'by topology', 'plain');
    expect((await deliver('blobs?functionName=Host.Functions.told', subjectOf('by azure'))).status).toBe(202);
    expect((await deliver('EventGrid?functionName=told', subjectOf('by topology'))).status).toBe(202);
    expect(await sawWhere('the first', ({ name }) => name === 'by azure')).toMatchObject({ told: { a: 1 } });
    expect(await sawWhere('the second', ({ name }) => name === 'by topology')).toMatchObject({ told: 'plain' });
  });

  it('does not run for what is deleted, elsewhere or gone', async () => {
    await deliver('EventGrid?functionName=told', subjectOf('by azure'), 'Microsoft.Storage.BlobDeleted');
    await deliver('EventGrid?functionName=told', '/blobServices/default/containers/other/blobs/by azure');
    await deliver('EventGrid?functionName=told', subjectOf('gone'));
    await put('told', 'marker', 'marker');
    await deliver('EventGrid?functionName=told', subjectOf('marker'));
    await sawWhere('the marker', ({ name }) => name === 'marker');
    expect(seen.filter(({ told }) => told !== undefined)).toHaveLength(3);
  });

  it('is not reached where the function watches its container itself', async () => {
    expect((await deliver('blobs?functionName=Host.Functions.scanned', subjectOf('x'))).status).toBe(404);
  });

  it('runs by hand for a blob by its path', async () => {
    await put('told', 'by hand', 'handed');
    const byHand = (input: string) =>
      fetch(`${host.origin}/admin/functions/told`, { method: 'POST', body: JSON.stringify({ input }) });
    expect((await byHand('told/by hand')).status).toBe(202);
    expect(await sawWhere('the call', ({ name }) => name === 'by hand')).toMatchObject({ told: 'handed' });
    await byHand('told/nothing');
    expect(await host.saw("'told' cannot be run by hand: There is no blob 'told/nothing'.")).toBe(true);
    await byHand('elsewhere/x');
    expect(await host.saw("'elsewhere/x' does not match the path of its trigger.")).toBe(true);
  });
});

describe('blob inputs and outputs', () => {
  const copy = (file: string) =>
    queues.getQueueClient('copy').sendMessage(JSON.stringify({ file, place: { folder: 'deep/er' } }));

  it('mean what the expressions in their paths stand for', async () => {
    await put('incoming', 'one.txt', 'content');
    await copy('one.txt');
    expect(await sawWhere('the call', ({ copied }) => copied === 'one.txt')).toMatchObject({ wasThere: true });
    const made = blobs.getContainerClient('out').getBlockBlobClient('deep/er/copy-of-one.txt');
    expect((await made.downloadToBuffer()).toString()).toBe('content');
  });

  it('give nothing for a blob that is not there, and write objects as JSON', async () => {
    await copy('none.txt');
    expect(await sawWhere('the call', ({ copied }) => copied === 'none.txt')).toMatchObject({ wasThere: false });
    const prefix = `${new Date().getUTCFullYear()}/`;
    for await (const { name } of blobs.getContainerClient('out').listBlobsFlat({ prefix })) {
      expect(name).toMatch(/^\d{4}\/[\da-f]{32}$/);
      const content = await blobs.getContainerClient('out').getBlobClient(name).downloadToBuffer();
      expect(JSON.parse(content.toString())).toEqual({ missing: 'none.txt' });
    }
  });

  it('replace what was there', async () => {
    await put('incoming', 'one.txt', 'changed');
    seen.length = 0;
    await copy('one.txt');
    await sawWhere('the call', ({ copied }) => copied === 'one.txt');
    const made = blobs.getContainerClient('out').getBlockBlobClient('deep/er/copy-of-one.txt');
    expect((await made.downloadToBuffer()).toString()).toBe('changed');
  });

  it('take the parameters of a route', async () => {
    expect(await (await fetch(`${host.origin}/api/files/one.txt`)).text()).toBe('changed');
    expect(await (await fetch(`${host.origin}/api/files/two.txt`)).text()).toBe('nothing');
  });

  it('fail the call when an expression stands for nothing', async () => {
    expect((await fetch(`${host.origin}/api/unknown`)).status).toBe(500);
    expect(await host.saw("Unable to resolve '{nobodyKnows}' in a binding of 'unknownExpression'")).toBe(true);
  });

  it('without their settings leave out the function, and the rest runs', async () => {
    expect(await host.saw(/'unset' is left out: The setting 'NO_SUCH_SETTING' is needed/)).toBe(true);
    expect(await host.saw(/'unconnected' is left out: The connection 'NoSuchStorage' is not set/)).toBe(true);
    expect((await fetch(`${host.origin}/api/unset`)).status).toBe(404);
  });
});

describe('a warm-up function', () => {
  it('runs once when the host starts', async () => {
    expect(await host.saw('warmed with {}')).toBe(true);
    expect(host.output().match(/Executed 'Functions\.warm'/g)).toHaveLength(1);
  });
});
