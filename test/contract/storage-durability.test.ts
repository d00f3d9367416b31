// Hosted Azurite by the real clients: what it acknowledged is there after kill -9, and nothing is cut off when it closes.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChildMessage } from '../../local/supervisor/child-side.ts';
import { storageConnectionString } from '../../local/supervisor/settings.ts';

let directory: string;
let running: ChildProcess | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-'));
  const storage = { containers: [{ name: 'videos' }], queues: [{ name: 'outbox-hints' }], tables: [] };
  await writeFile(
    join(directory, 'topology.json'),
    JSON.stringify({ serviceBus: { queues: [], topics: [] }, storage }),
  );
});
afterEach(async () => {
  await end('SIGKILL');
  await rm(directory, { recursive: true });
});

async function start() {
  const topology = join(directory, 'topology.json');
  const args = ['--directory', join(directory, 'azurite'), '--topology', topology];
  const child = fork('local/supervisor/storage-process.ts', args);
  running = child;
  const [message] = (await once(child, 'message')) as [ChildMessage];
  if (message.kind !== 'ready') throw new Error(message.message);
  const { blob = 0, queue = 0 } = message.ports;
  const connection = storageConnectionString({ blob, queue, table: 0 });
  const options = { retryOptions: { maxTries: 1 } };
  return {
    hints: QueueServiceClient.fromConnectionString(connection, options).getQueueClient('outbox-hints'),
    videos: BlobServiceClient.fromConnectionString(connection, options).getContainerClient('videos'),
  };
}

async function end(signal: NodeJS.Signals): Promise<number | null> {
  const child = running;
  running = undefined;
  if (!child) return null;
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}

test('creates the containers and queues of the topology, and keeps them', async () => {
  const first = await start();
  expect(await first.hints.exists()).toBe(true);
  await end('SIGTERM');
  const second = await start();
  expect(await second.videos.exists()).toBe(true);
});

test('keeps acknowledged messages and blobs through kill -9', async () => {
  const { hints, videos } = await start();
  await videos.getBlockBlobClient('kept.mp4').upload('frames', 6);
  const acknowledged: string[] = [];
  const senders = Array.from({ length: 10 }, async (_, sender) => {
    for (let i = 0; ; i += 1) {
      const text = `${sender}-${i}`;
      await hints.sendMessage(text);
      acknowledged.push(text);
    }
  });
  const stopped = Promise.allSettled(senders);
  while (acknowledged.length < 200) await new Promise((resolve) => setImmediate(resolve));
  await end('SIGKILL');
  await stopped;

  const after = await start();
  const kept = new Set<string>();
  for (;;) {
    const { receivedMessageItems } = await after.hints.receiveMessages({
      numberOfMessages: 32,
      visibilityTimeout: 600,
    });
    if (receivedMessageItems.length === 0) break;
    for (const { messageText } of receivedMessageItems) kept.add(messageText);
  }
  expect(acknowledged.filter((text) => !kept.has(text))).toEqual([]);
  expect((await after.videos.getBlobClient('kept.mp4').downloadToBuffer()).toString()).toBe('frames');
});

test('keeps a deleted message deleted through kill -9', async () => {
  const { hints } = await start();
  const { messageId, popReceipt } = await hints.sendMessage('done');
  await hints.deleteMessage(messageId, popReceipt);
  await end('SIGKILL');
  const after = await start();
  expect((await after.hints.peekMessages()).peekedMessageItems).toEqual([]);
});

test('ends with 0 on SIGTERM in the middle of an upload', async () => {
  const { videos } = await start();
  const uploaded = videos.getBlockBlobClient('late.mp4').uploadData(Buffer.alloc(20 * 1024 * 1024, 1));
  const ended = end('SIGTERM');
  await Promise.allSettled([uploaded]);
  expect(await ended).toBe(0);
});

test('stays alive on SIGINT, which is the supervisor’s business', async () => {
  const { hints } = await start();
  running?.kill('SIGINT');
  await hints.sendMessage('still here');
  expect(running?.exitCode).toBeNull();
});

test('ends when its supervisor is gone', async () => {
  await start();
  const child = running;
  running = undefined;
  if (!child) throw new Error('no child');
  const exited = once(child, 'exit');
  child.disconnect();
  expect(await exited).toEqual([0, null]);
});
