// A batch is whole or not there at all, and what was acknowledged stays, when the process is killed while it writes.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientFor, rowKeys } from './tables-cases/client.ts';
import { waitFor } from '../support/wait-for.ts';

let directory: string;
const running = new Set<ChildProcess>();

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tables-crash-'));
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

async function start() {
  const child = fork(new URL('tables-cases/tables-process.ts', import.meta.url), [directory]);
  running.add(child);
  const [port] = (await once(child, 'message')) as [number];
  return {
    orders: clientFor(`http://127.0.0.1:${port}`, 'orders'),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      running.delete(child);
    },
  };
}

const rows = ['event', 'outbox', 'state'];

test('a kill in mid-batch leaves all of it or nothing, and all that was acknowledged', async () => {
  const acknowledged: string[] = [];
  for (const round of [1, 2, 3]) {
    const server = await start();
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let batch = 0; ; batch += 1) {
        const partitionKey = `${round}-${writer}-${batch}`;
        const actions = rows.map((rowKey) => ['create', { partitionKey, rowKey }] as ['create', never]);
        const isWritten = await server.orders.submitTransaction(actions).then(
          () => true,
          () => false,
        );
        if (!isWritten) return;
        acknowledged.push(partitionKey);
      }
    });
    const before = acknowledged.length;
    await waitFor('some batches', () => acknowledged.length >= before + 40);
    await server.kill();
    await Promise.all(writers);
  }
  const server = await start();
  const found = new Map<string, string[]>();
  for await (const { partitionKey = '', rowKey = '' } of server.orders.listEntities())
    found.set(partitionKey, [...(found.get(partitionKey) ?? []), rowKey]);
  expect([...found.values()].filter((each) => each.length !== rows.length)).toEqual([]);
  expect(acknowledged.filter((partitionKey) => !found.has(partitionKey))).toEqual([]);
  expect(await rowKeys(server.orders, `PartitionKey eq '${acknowledged[0]}'`)).toEqual(rows);
  await server.kill();
});
