// Whatever fails, wherever it fails, is found in one place: a hub's quarantine, what Event Grid gave up, a failed orchestration, and
// what the queue of dead letters itself gave up, through the whole local Azure.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containers, queues } from '../../shared/kernel/topology.ts';
import { apiClient } from '../support/api-client.ts';
import { blobsOf } from '../support/azure-storage.ts';
import { deadLettersOf, type ListedLetter, peekFromStart } from '../support/dead-letters.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { busClient } from '../support/order-status-asker.ts';
import { telemetryProducer } from '../support/telemetry-client.ts';
import { waitFor } from '../support/wait-for.ts';

const data = makeDataFolder();
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;

/** While no host runs: a message that the processor gave up. */
async function giveUp(messageId: string, body: string): Promise<void> {
  const bus = busClient(azure);
  const notes = { tenant: 'ada', reason: 'invalid-message', description: 'no JSON', sourceEntity: queues.mail };
  await bus
    .createSender(queues.deadLetters)
    .sendMessages({ messageId, body: Buffer.from(body), applicationProperties: notes });
  const receiver = bus.createReceiver(queues.deadLetters);
  const [message] = await receiver.receiveMessages(1);
  if (message !== undefined) await receiver.deadLetterMessage(message);
  await bus.close();
}

beforeAll(async () => {
  azure = await startLocalAzure(data, ['--no-host']);
  await giveUp('given-up-1', 'poison');
  await azure.stop();
  azure = await startLocalAzure(data);
  api = apiClient(azure.url);
}, 120_000);

afterAll(async () => {
  await azure.stop();
  removeData(data);
});

const letterOf = (what: string, is: (letter: ListedLetter) => boolean): Promise<ListedLetter> =>
  waitFor(what, async () => (await deadLettersOf(azure)).find(is), { timeoutMs: 60_000, intervalMs: 200 });

test('what was given up there is drained into a letter, with the reason it had before', async () => {
  expect(await peekFromStart(azure, queues.deadLetters, 'its dead-letter queue')).toHaveLength(1);
  expect(await api.ask('POST', '/api/v1/dead-letters/drain', {})).toMatchObject({ status: 200, body: { drained: 1 } });
  const letter = await letterOf('the drained letter', ({ messageId }) => messageId === 'given-up-1');
  expect(letter).toMatchObject({ reason: 'invalid-message', sourceEntity: queues.mail, body: 'poison' });
  expect(letter.properties).toMatchObject({ tenant: 'ada' });
  expect(await peekFromStart(azure, queues.deadLetters, 'its dead-letter queue')).toEqual([]);
});

test('16: an event that its hub cannot use is a letter of the hub', async () => {
  const producer = telemetryProducer(azure);
  await producer.sendBatch([{ body: Buffer.from('{"deviceId":') }], { partitionKey: 'd' });
  await producer.close();
  const letter = await letterOf('the letter of the hub', ({ sourceEntity }) => sourceEntity === 'hub/telemetry');
  expect(letter).toMatchObject({ state: 'open', body: '{"deviceId":' });
  expect(letter.cause).toBe(`schema/${letter.reason}/hub/telemetry`);
});

test('an event that Event Grid gave up is a letter of the function it was for', async () => {
  const event = { id: 'e-1', type: 'millrace.videos.VideoReady.v1', subject: 's', data: {} };
  const blob = JSON.stringify([{ ...event, deadletterreason: 'MaxDeliveryAttemptsExceeded', deliveryattempts: 30 }]);
  await blobsOf(azure)
    .getContainerClient(containers.eventGridDeadLetters)
    .getBlockBlobClient('VIDEO-READY/2030/1/1/0/b5f2c1de.json')
    .uploadData(Buffer.from(blob));
  const letter = await letterOf('the letter of the function', ({ messageId }) => messageId === 'e-1');
  expect(letter).toMatchObject({
    sourceEntity: 'event-grid/sendVideoReady',
    cause: 'dependency/MaxDeliveryAttemptsExceeded/event-grid/sendVideoReady',
    body: JSON.stringify(event),
  });
});

test('an orchestration that failed is a letter with its input, once', async () => {
  const input = JSON.stringify({ importId: 'none', tillId: 't', fileId: 'f', sales: 1, pageSize: 1 });
  const start = await fetch(`${azure.url}/runtime/webhooks/durabletask/orchestrators/import-sales/fails-1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: input,
  });
  expect(start.status).toBe(202);
  const look = () => api.ask('POST', '/admin/functions/collectFailedOrchestrations', {});
  const letter = await waitFor(
    'the failed orchestration',
    async () => {
      await look();
      return (await deadLettersOf(azure)).find(({ messageId }) => messageId === 'fails-1');
    },
    { timeoutMs: 60_000, intervalMs: 500 },
  );
  expect(letter).toMatchObject({
    sourceEntity: 'orchestration/import-sales',
    cause: 'code/orchestration-failed/orchestration/import-sales',
    body: input,
  });
  await look();
  expect((await deadLettersOf(azure)).filter(({ messageId }) => messageId === 'fails-1')).toHaveLength(1);
});
