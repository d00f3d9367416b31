// Stock on the local Table Storage by the real client: everybody in one partition, several processes' stores at the same time, and
// answers that get lost.
import { setTimeout as wait } from 'node:timers/promises';
import { RestError, type TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tableStockStore } from '../../shared/adapters/tables/stock-store.ts';
import { lapse, release, reserve, sell } from '../../shared/inventory/stock.ts';
import type { StockStore } from '../../shared/inventory/stock-store.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { imbalanceOf, unitsOf } from '../support/memory-stock.ts';
import { clientFor, rowKeys } from './tables-cases/client.ts';

const sku = 'TICKET';
const until = Date.UTC(2030, 0, 1);
let files: Store;
let server: TablesServer;
let table: TableClient;
let stock: StockStore;
let tables = 0;

const storeOn = (client: TableClient): StockStore => tableStockStore(client, Math.random, wait);
const take = (store: StockStore, orderId: string, heldUntil = until, quantity = 1) =>
  store.change(sku, orderId, (state) => reserve(state, orderId, quantity, heldUntil));
const buyers = (count: number): string[] => Array.from({ length: count }, (_, n) => `order-${n}`);

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
});

beforeEach(async () => {
  tables += 1;
  table = clientFor(`http://127.0.0.1:${server.port}`, `stock${tables}`);
  await table.createTable();
  stock = storeOn(table);
  await stock.addIfAbsent(sku, 50);
});

afterAll(async () => {
  await server.close();
  await files.close();
});

/** The client with `around` in place of its batches. */
const withBatches = (client: TableClient, around: (submit: () => Promise<unknown>) => Promise<unknown>): TableClient =>
  new Proxy(client, {
    get: (target, name) => {
      if (name === 'submitTransaction') {
        return (...args: Parameters<TableClient['submitTransaction']>) =>
          around(() => target.submitTransaction(...args));
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

async function shelf() {
  const level = await stock.level(sku);
  if (level === undefined) throw new Error('there is no level');
  return { level, reservations: await Array.fromAsync(stock.reservations(sku)) };
}

test('what is asked for at the same moment goes in a few batches', async () => {
  let batches = 0;
  const counted = storeOn(
    withBatches(table, (submit) => {
      batches += 1;
      return submit();
    }),
  );
  await Promise.all(buyers(50).map((orderId) => take(counted, orderId)));
  expect(batches).toBeLessThanOrEqual(3);
  expect(unitsOf((await shelf()).reservations, 'held')).toBe(50);
});

test('200 buyers by four stores take 50 units, no more, and a repeat finds what it took (fault 8)', async () => {
  const stores = Array.from({ length: 4 }, () => storeOn(table));
  const ask = () => Promise.all(buyers(200).map((orderId, n) => take(stores[n % 4] ?? stock, orderId)));
  const outcomes = await ask();
  expect(outcomes.filter((outcome) => outcome === 'reserved')).toHaveLength(50);
  expect(outcomes.filter((outcome) => outcome === 'waiting')).toHaveLength(150);
  expect(await ask()).toEqual(outcomes);
  const { level, reservations } = await shelf();
  expect(await imbalanceOf(level, reservations)).toBeUndefined();
  expect(level).toEqual({ sku, received: 50, onHand: 50, reserved: 50 });
});

test('batches whose answers are lost, and batches that are lost themselves, strand nothing', async () => {
  let batches = 0;
  const unsafe = withBatches(table, async (submit) => {
    batches += 1;
    const fate = batches % 3;
    if (fate === 1) throw new RestError('connection reset');
    await submit();
    if (fate === 2) throw new RestError('connection reset');
  });
  const stores = [storeOn(unsafe), storeOn(unsafe)];
  const persist = async (orderId: string, n: number): Promise<string> => {
    for (;;) {
      try {
        return await take(stores[n % 2] ?? stock, orderId);
      } catch (error) {
        if (!(error instanceof AppError && error.kind === 'transient')) throw error;
      }
    }
  };
  const outcomes = await Promise.all(buyers(80).map(persist));
  expect(outcomes.filter((outcome) => outcome === 'reserved')).toHaveLength(50);
  const { level, reservations } = await shelf();
  expect(unitsOf(reservations, 'held')).toBe(50);
  expect(await imbalanceOf(level, reservations)).toBeUndefined();
});

test('holds are found by their end, as it was last set', async () => {
  await take(stock, 'b', until + 2);
  await take(stock, 'a', until + 1);
  await take(stock, 'kept', until);
  await take(stock, 'kept', until + 3);
  expect(await Array.fromAsync(stock.expired(sku, until))).toEqual([]);
  expect(await Array.fromAsync(stock.expired(sku, until + 2))).toEqual(['a', 'b']);
});

test('a hold that ends, however it does, leaves the index', async () => {
  for (const orderId of ['a', 'b', 'c']) await take(stock, orderId);
  await stock.change(sku, 'a', sell);
  await stock.change(sku, 'b', (state) => release(state, 'b'));
  await stock.change(sku, 'c', (state) => lapse(state, until));
  expect(await rowKeys(table)).toEqual(['level', 'reservation-a', 'reservation-b']);
  expect(await stock.level(sku)).toEqual({ sku, received: 50, onHand: 49, reserved: 0 });
});

test('a level that does not fit its reservations is mended, one that fits is left alone', async () => {
  await take(stock, 'a', until, 3);
  await take(stock, 'b', until, 4);
  await stock.change(sku, 'b', sell);
  expect(await stock.mend(sku)).toBeUndefined();
  await table.updateEntity({ partitionKey: sku, rowKey: 'level', reserved: 40 }, 'Merge');
  expect(await stock.mend(sku)).toMatchObject({ before: { reserved: 40 }, after: { onHand: 46, reserved: 3 } });
  expect(await stock.level(sku)).toEqual({ sku, received: 50, onHand: 46, reserved: 3 });
});

test('first units are put on the shelf once', async () => {
  await take(stock, 'a');
  await stock.addIfAbsent(sku, 1_000);
  expect(await stock.level(sku)).toMatchObject({ onHand: 50, reserved: 1 });
});

test('a product without stock record is said so', async () => {
  const asked = stock.change('NOTHING', 'a', (state) => reserve(state, 'a', 1, until));
  await expect(asked).rejects.toMatchObject({ code: 'product-not-found' });
});
