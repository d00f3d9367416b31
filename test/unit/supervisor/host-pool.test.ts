import { expect, test } from 'vitest';
import { createHostPool } from '../../../local/supervisor/host-pool.ts';

test('hosts take turns', async () => {
  const pool = createHostPool();
  for (const port of [1, 2, 3]) pool.add(port);
  const turns = [await pool.next(0), await pool.next(0), await pool.next(0), await pool.next(0)];
  expect(new Set(turns.slice(0, 3))).toEqual(new Set([1, 2, 3]));
  expect(turns[3]).toBe(turns[0]);
});

test('a host that left takes no more turns', async () => {
  const pool = createHostPool();
  for (const port of [1, 2]) pool.add(port);
  pool.remove(1);
  expect([await pool.next(0), await pool.next(0)]).toEqual([2, 2]);
});

test('a request waits for a host to come back', async () => {
  const pool = createHostPool();
  const next = pool.next(60_000);
  pool.add(7);
  expect(await next).toBe(7);
});

test('a request that waited in vain gets none', async () => {
  expect(await createHostPool().next(1)).toBeUndefined();
});

test('a closed pool lets nobody wait', async () => {
  const pool = createHostPool();
  const waiting = pool.next(60_000);
  pool.close();
  expect(await waiting).toBeUndefined();
  expect(await pool.next(60_000)).toBeUndefined();
});
