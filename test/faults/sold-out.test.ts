// Fault 8: 10,000 buyers for 500 units. Their processes are killed, and so is the storage; every buyer comes to an end, and every
// unit is either sold or free.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tableStockStore } from '../../shared/adapters/tables/stock-store.ts';
import { expireHolds } from '../../shared/inventory/expire-holds.ts';
import { reserveItems } from '../../shared/inventory/reserve-items.ts';
import { clientFor } from '../contract/tables-cases/client.ts';
import { imbalanceOf, unitsOf } from '../support/memory-stock.ts';
import type { BuyerEnd } from '../support/stock-buyers-process.ts';
import { waitFor } from '../support/wait-for.ts';

const sku = 'TICKET';
const units = 500;
const buyersAHost = 2_500;
/** Who takes a unit and is never seen again. */
const vanished = 20;

let directory: string;
let storage: ChildProcess;
let port = '0';
const running = new Set<ChildProcess>();
const ends = new Map<number, BuyerEnd['end']>();

function start(script: string, args: readonly string[]): ChildProcess {
  const child = fork(new URL(script, import.meta.url), args);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function startStorage(): Promise<void> {
  storage = start('../contract/tables-cases/tables-process.ts', [directory, port]);
  [port] = ((await once(storage, 'message')) as [number]).map(String) as [string];
}

const failed = (orderId: string, error: unknown): never => expect.fail(`${orderId}: ${String(error)}`);

const origin = (): string => `http://127.0.0.1:${port}`;

/** Buyers on a host of their own; `ended` says whether it saw to all of them. */
function startBuyers(
  first: number,
  count = buyersAHost,
): { readonly child: ChildProcess; readonly ended: Promise<boolean> } {
  const child = start('../support/stock-buyers-process.ts', [origin(), String(first), String(first + count)]);
  child.on('message', ({ buyer, end }: BuyerEnd) => ends.set(buyer, end));
  const ended = once(child, 'exit').then(([code]) => code === 0);
  return { child, ended };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await waitFor('the end of a process', () => !running.has(child));
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sold-out-'));
  await startStorage();
});

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await waitFor('the end of all processes', () => running.size === 0);
  rmSync(directory, { recursive: true, force: true });
});

test('10,000 buyers for 500 units on four hosts, hosts and storage killed: never oversold, never stranded (fault 8)', async () => {
  const table = clientFor(origin(), 'stock');
  await table.createTable();
  const stock = tableStockStore(table, Math.random, wait);
  await stock.addIfAbsent(sku, units);
  for (let n = 0; n < vanished; n += 1) {
    await reserveItems(stock, `vanished-${n}`, [{ sku, quantity: 1 }], Date.now());
  }
  const hosts = [0, 1, 2, 3].map((n) => startBuyers(n * buyersAHost));

  for (const [index, host] of hosts.slice(0, 2).entries()) {
    await waitFor(`${index + 1} x 100 ends`, () => ends.size >= (index + 1) * 100, { timeoutMs: 60_000 });
    await kill(host.child);
    // Its buyers come to another host, as the sagas of a dead host do: all of them, for nobody knows how far it was.
    hosts.push(startBuyers(index * buyersAHost));
  }
  await kill(storage);
  await startStorage();

  // An order nobody knows any more: its units come back to those who wait.
  expect(await expireHolds(stock, sku, Date.now(), async () => 'release', failed)).toBe(vanished);
  const outcomes = await Promise.all(hosts.map(({ ended }) => ended));
  expect(outcomes).toEqual([false, false, true, true, true, true]);
  expect(ends.size).toBe(4 * buyersAHost);

  const level = await stock.level(sku);
  if (level === undefined) throw new Error('there is no level');
  const reservations = await Array.fromAsync(stock.reservations(sku));
  expect(await imbalanceOf(level, reservations)).toBeUndefined();
  expect(level).toEqual({ sku, received: units, onHand: 0, reserved: 0 });
  expect(unitsOf(reservations, 'sold')).toBe([...ends.values()].filter((end) => end === 'sold').length);
});
