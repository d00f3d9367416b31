import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startHostProcess, type HostProcess } from './support/host-process.ts';
import { startLocalStorage, type LocalStorage } from './support/local-storage.ts';

let storage: LocalStorage;
let host: HostProcess;
let service: QueueServiceClient;
const seen: Record<string, unknown>[] = [];

beforeAll(async () => {
  storage = await startLocalStorage(['work', 'fails', 'slow']);
  service = QueueServiceClient.fromConnectionString(storage.connectionString);
  host = await startHostProcess({
    app: 'storage-queue',
    environment: { AzureWebJobsStorage: storage.connectionString, WORK_QUEUE: 'work' },
  });
});
afterAll(async () => {
  await host.stop();
  await storage.close();
});

const encode = (text: string) => Buffer.from(text).toString('base64');

/** Takes what the functions returned so far from the queue `seen`. */
async function readSeen(): Promise<readonly Record<string, unknown>[]> {
  const queue = service.getQueueClient('seen');
  if (!(await queue.exists())) return seen;
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  for (const { messageText, messageId, popReceipt } of receivedMessageItems) {
    seen.push(JSON.parse(Buffer.from(messageText, 'base64').toString()) as Record<string, unknown>);
    await queue.deleteMessage(messageId, popReceipt);
  }
  return seen;
}

const countOf = async (queue: QueueClient) => (await queue.getProperties()).approximateMessagesCount;

describe('storage queue functions', () => {
  it('get the decoded message and its metadata, and their return value is sent on', async () => {
    const { messageId } = await service.getQueueClient('work').sendMessage(encode('{"a":1}'));
    const [call] = await waitFor('the call', async () => {
      const calls = (await readSeen()).filter(({ message }) => message !== undefined);
      return calls.length > 0 && calls;
    });
    expect(call).toMatchObject({ message: { a: 1 }, metadata: { id: messageId, dequeueCount: 1 } });
  });

  it('delete what they handled', async () => {
    const isEmpty = async () => (await countOf(service.getQueueClient('work'))) === 0;
    expect(await waitFor('the queue to be empty', isEmpty)).toBe(true);
  });

  it('try again what they throw on, and move it to the poison queue at last', async () => {
    await service.getQueueClient('fails').sendMessage(encode('this'));
    const poison = service.getQueueClient('fails-poison');
    const [message] = await waitFor('a poison message', async () => {
      if (!(await poison.exists())) return false;
      const { peekedMessageItems } = await poison.peekMessages();
      return peekedMessageItems.length > 0 && peekedMessageItems;
    });
    expect(message?.messageText).toBe(encode('this'));
    expect(host.output().match(/Executed 'Functions\.fails' \(Failed/g)).toHaveLength(3);
    const isEmpty = async () => (await countOf(service.getQueueClient('fails'))) === 0;
    expect(await waitFor('the queue to be empty', isEmpty)).toBe(true);
  });

  it('are not called for a message that is not base64: it is poison at once', async () => {
    await service.getQueueClient('work').sendMessage('{"plain":"text"}');
    const poison = service.getQueueClient('work-poison');
    const isThere = async () => (await poison.exists()) && (await countOf(poison)) === 1;
    expect(await waitFor('the poison message', isThere)).toBe(true);
  });

  it('run no more at once than batchSize and newBatchThreshold allow', async () => {
    const queue = service.getQueueClient('slow');
    await Promise.all(Array.from({ length: 20 }, (_, number) => queue.sendMessage(encode(String(number)))));
    const calls = await waitFor('20 calls', async () => {
      const all = (await readSeen()).filter(({ slow }) => slow !== undefined);
      return all.length === 20 && all;
    });
    expect(Math.max(...calls.map(({ mostAtOnce }) => mostAtOnce as number))).toBeLessThanOrEqual(6);
  });
});
