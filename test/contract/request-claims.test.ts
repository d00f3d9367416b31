// Fault 40, the keyed requests that change no order: claims on the local Table Storage by the real client, with a clock of our own.
import type { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { runOnce } from '../../shared/adapters/functions/run-once.ts';
import { tableRequestClaims } from '../../shared/adapters/tables/request-claims.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { IdempotencyClaim, RequestClaims } from '../../shared/kernel/request-claims.ts';
import { clientFor, rowKeys } from './tables-cases/client.ts';

const leaseMs = 10_000;
const dayMs = 24 * 3_600_000;
const operation = { name: 'test', keeps: 'month' } as const;
const claim: IdempotencyClaim = { caller: 'ada@example.com', key: 'key-1', requestHash: 'a' };
let files: Store;
let server: TablesServer;
let table: TableClient;
let claims: RequestClaims;
let nowMs: number;
let tables = 0;

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
});

beforeEach(async () => {
  nowMs = Date.UTC(2030, 0, 1);
  tables += 1;
  table = clientFor(`http://127.0.0.1:${server.port}`, `claims${tables}`);
  await table.createTable();
  claims = tableRequestClaims(table, () => nowMs, leaseMs);
});

afterAll(async () => {
  await server.close();
  await files.close();
});

/** Counts its runs; each answers otherwise. */
function counted() {
  const run = async ({ id, at }: { id: string; at: string }) => {
    run.ids.push(id);
    return { count: run.ids.length, at };
  };
  run.ids = [] as string[];
  return run;
}

const once = <A>(run: (claimed: { id: string; at: string }) => Promise<A>, changes: Partial<IdempotencyClaim> = {}) =>
  runOnce(operation, { ...claim, ...changes }, run, () => claims);

test('fault 40: a repeat is told what the first was answered, and does not run', async () => {
  const run = counted();
  const first = await once(run);
  nowMs += dayMs;
  expect(await once(run)).toEqual(first);
  expect(run.ids).toEqual([first.id]);
});

test('fault 40: the same key with another request is refused', async () => {
  await once(counted());
  await expect(once(counted(), { requestHash: 'b' })).rejects.toMatchObject({ code: 'idempotency-key-reused' });
});

test('fault 40: the same key of another caller is another claim', async () => {
  const run = counted();
  await once(run);
  await once(run, { caller: 'bob' });
  expect(run.ids).toHaveLength(2);
});

test('fault 40: twenty at once run once and are answered alike', async () => {
  const run = counted();
  const answers = await Promise.all(Array.from({ length: 20 }, () => once(run)));
  expect(run.ids).toHaveLength(1);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});

test('fault 40: while the answer is not known, a repeat is told when to come again', async () => {
  const { promise: end, resolve: finish } = Promise.withResolvers<string>();
  const first = once(() => end);
  await expect(once(() => end)).rejects.toMatchObject({ code: 'answer-pending', retryAfterMs: 3_000 });
  finish('done');
  expect(await once(() => end)).toEqual(await first);
});

test('fault 40: a claim whose holder died is run again once its lease is over, for the same id', async () => {
  const dead = await claims.take(operation, claim);
  const run = counted();
  nowMs += leaseMs - 1;
  expect((await claims.take(operation, claim)).state).toBe('running');
  nowMs += 1;
  const { id, at, answer } = await once(run);
  expect({ id, at, count: answer.count }).toEqual({ id: dead.id, at: dead.at, count: 1 });
});

test('a lease that is renewed is kept, and whoever lost it changes nothing any more', async () => {
  const slow = await claims.take(operation, claim);
  if (slow.state !== 'ours') throw new Error('the claim is not ours');
  nowMs += leaseMs - 1;
  expect(await slow.hold.renew()).toBe(true);
  nowMs += leaseMs - 1;
  expect((await claims.take(operation, claim)).state).toBe('running');
  nowMs += 1;
  const { answer } = await once(counted());
  expect(await slow.hold.renew()).toBe(false);
  await slow.hold.answer('"too late"');
  expect(await claims.take(operation, claim)).toMatchObject({ state: 'answered', json: JSON.stringify(answer) });
});

test('a run that failed is run again at once', async () => {
  await expect(once(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const run = counted();
  await once(run);
  expect(run.ids).toHaveLength(1);
});

test('what was refused as it stood may be mended under the same key', async () => {
  const refuse = () => Promise.reject(new AppError('invalid-json', 'no JSON'));
  await expect(once(refuse)).rejects.toMatchObject({ code: 'invalid-json' });
  const run = counted();
  await once(run, { requestHash: 'mended' });
  expect(run.ids).toHaveLength(1);
});

test('a request that a holder had begun keeps its key, also when it is refused then', async () => {
  const { id } = await claims.take(operation, claim);
  nowMs += leaseMs;
  await expect(once(() => Promise.reject(new AppError('invalid-json', 'no JSON')))).rejects.toThrow('no JSON');
  await expect(once(counted(), { requestHash: 'b' })).rejects.toMatchObject({ code: 'idempotency-key-reused' });
  expect((await once(counted())).id).toBe(id);
});

test('what makes no resource is collected after 30 days; what makes one is kept', async () => {
  await once(counted());
  await runOnce({ name: 'maker', keeps: 'resource' }, claim, counted(), () => claims);
  nowMs += 30 * dayMs;
  expect(await claims.collect()).toBe(0);
  nowMs += 1;
  expect(await claims.collect()).toBe(1);
  expect(await claims.take({ name: 'maker', keeps: 'resource' }, claim)).toMatchObject({ state: 'answered' });
});

test('a claim names neither the caller nor the key', async () => {
  await once(counted());
  const rows: unknown[] = [];
  for await (const row of table.listEntities()) rows.push(row);
  expect(await rowKeys(table)).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toMatch(/ada|key-1/);
});
