// The projections' rows on the local Table Storage by the real client.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { tableDailySales } from '../../shared/adapters/tables/daily-sales.ts';
import { removeSomeOf } from '../../shared/adapters/tables/generation.ts';
import { tableOrderIds } from '../../shared/adapters/tables/order-ids.ts';
import { tableOrdersByCustomer } from '../../shared/adapters/tables/orders-by-customer.ts';
import { tableProjections } from '../../shared/adapters/tables/projections.ts';
import type { OrderSummary } from '../../shared/orders/orders-by-customer.ts';
import { beginRebuild } from '../../shared/projections/projection.ts';
import { salesLines, type SoldOrder } from '../../shared/sales/daily-sales.ts';
import { clientFor } from './tables-cases/client.ts';

let files: Store;
let server: TablesServer;
let tables = 0;

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
});

afterAll(async () => {
  await server.close();
  await files.close();
});

async function newTable() {
  tables += 1;
  const table = clientFor(`http://127.0.0.1:${server.port}`, `projections${tables}`);
  await table.createTable();
  return table;
}

const idOf = (n: number): string => `019a2b5e-7c11-7d34-9a55-${String(n).padStart(12, '0')}`;
const euros = (amountMinor: number) => ({ amountMinor, currency: 'EUR' as const });
const days = ['2026-01-01', '2026-01-02'];

/** Order n as of a version: placed, paid from 2 on, given back from 3 on. */
const soldOrder = (n: number, version: number): SoldOrder => ({
  orderId: idOf(n),
  version,
  items: [
    { sku: n % 2 === 0 ? 'EVEN' : 'ODD', quantity: n + 1, unitPrice: euros(1_000_000_000) },
    { sku: 'ALL', quantity: 1, unitPrice: euros(5) },
  ],
  ...(version > 1 ? { paidAt: '2026-01-01T12:00:00.000Z' } : {}),
  ...(version > 2 ? { refundedAt: n % 3 === 0 ? '2026-01-01T13:00:00.000Z' : '2026-01-02T13:00:00.000Z' } : {}),
});

const summary = (n: number, version: number): OrderSummary => ({
  orderId: idOf(n),
  customerId: n % 2 === 0 ? 'ada' : "o'neill",
  status: version > 2 ? 'cancelled' : 'accepted',
  total: euros(100),
  createdAt: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
  version,
});

/** What several followers put at the same time, each batch as [order, version]: in any order, repeated, with versions left out. */
const followers = fc.array(
  fc.array(
    fc.uniqueArray(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 3 })), { selector: ([n]) => n, maxLength: 5 }),
    {
      maxLength: 3,
    },
  ),
  { minLength: 1, maxLength: 4 },
);

const newestOf = (
  deliveries: readonly (readonly (readonly (readonly [number, number])[])[])[],
): Map<number, number> => {
  const newest = new Map<number, number>();
  for (const [n, version] of deliveries.flat(2)) newest.set(n, Math.max(version, newest.get(n) ?? 0));
  return newest;
};

test('fault 9: sales put in any order, by several at once, repeated and with gaps, are those of the newest versions', async () => {
  await fc.assert(
    fc.asyncProperty(followers, async (deliveries) => {
      const sales = tableDailySales(await newTable());
      await Promise.all(
        deliveries.map(async (batches) => {
          for (const batch of batches)
            await sales.put(
              'g',
              batch.flatMap(([n, version]) => salesLines(soldOrder(n, version))),
            );
        }),
      );
      const once = tableDailySales(await newTable());
      for (const [n, version] of newestOf(deliveries)) await once.put('g', salesLines(soldOrder(n, version)));
      const found = await sales.list('g', days);
      expect(found).toEqual(await once.list('g', days));
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('fault 9: the list of a customer shows the newest version of each order, newest order first', async () => {
  await fc.assert(
    fc.asyncProperty(followers, async (deliveries) => {
      const orders = tableOrdersByCustomer(await newTable());
      await Promise.all(
        deliveries.map(async (batches) => {
          for (const batch of batches)
            await orders.put(
              'g',
              batch.map(([n, version]) => summary(n, version)),
            );
        }),
      );
      const expected = [...newestOf(deliveries)].toSorted(([a], [b]) => b - a).map(([n, v]) => summary(n, v));
      for (const customerId of ['ada', "o'neill"]) {
        const { items } = await orders.list('g', customerId, { limit: 50 });
        expect(items).toEqual(expected.filter((row) => row.customerId === customerId));
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('sums beyond 32 bits are exact, and an order of more products than a batch holds is counted once', async () => {
  const sales = tableDailySales(await newTable());
  const items = Array.from({ length: 130 }, (_, n) => ({
    sku: `S-${n}`,
    quantity: 100,
    unitPrice: euros(90_000_000_001),
  }));
  const lines = salesLines({ orderId: idOf(1), version: 2, items, paidAt: '2026-01-01T12:00:00.000Z' });
  await sales.put('g', lines);
  await sales.put('g', lines);
  const listed = await sales.list('g', days);
  expect(listed).toHaveLength(130);
  expect(await sales.list('g', days, 'S-12')).toEqual([
    { day: '2026-01-01', sku: 'S-12', units: 100, revenue: euros(9_000_000_000_100) },
  ]);
});

test('generations do not see each other, and one is removed whole', async () => {
  const table = await newTable();
  const orders = tableOrdersByCustomer(table);
  const many = Array.from({ length: 250 }, (_, n) => summary(n * 2, 1));
  await Promise.all(['a', 'ab', 'b'].map((generation) => orders.put(generation, many)));
  while (await removeSomeOf(table, 'a'));
  const listed = async (generation: string) => (await orders.list(generation, 'ada', { limit: 200 })).items.length;
  expect([await listed('a'), await listed('ab'), await listed('b')]).toEqual([0, 200, 200]);
});

test('a continuation of unknown form is refused', async () => {
  const orders = tableOrdersByCustomer(await newTable());
  const page = { limit: 5, continuation: "x' or PartitionKey gt '" };
  await expect(orders.list('g', 'ada', page)).rejects.toMatchObject({ code: 'invalid-request' });
});

test('of ten who begin a rebuild at once, one does, and all are told the same', async () => {
  const projections = tableProjections(await newTable());
  const at = '2026-01-01T00:00:00.000Z';
  const told = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      projections.change('daily-sales', (projection) => beginRebuild(projection, { id: `r-${n}`, at })),
    ),
  );
  expect(new Set(told.map(({ rebuild }) => rebuild?.id)).size).toBe(1);
  expect(await projections.read('daily-sales')).toEqual(told[0]);
});

test('the ids of all orders come in pages, and since a time those that changed since', async () => {
  const table = await newTable();
  const orderIds = tableOrderIds(table);
  const put = (n: number, version: number, at: string) =>
    table.createEntity({ partitionKey: idOf(n), rowKey: `event-${String(version).padStart(10, '0')}`, at });
  const old = '2026-01-01T00:00:00.000Z';
  for (let n = 0; n < 7; n += 1) await put(n, 1, old);
  await table.createEntity({ partitionKey: idOf(8), rowKey: 'outbox-0000000001-000', at: '2026-02-01T00:00:00.000Z' });
  await put(3, 2, '2026-02-01T00:00:00.000Z');
  await put(3, 3, '2026-02-02T00:00:00.000Z');
  const ids: string[] = [];
  let continuation: string | undefined;
  do {
    const page = await orderIds({ limit: 3, continuation });
    ids.push(...page.orderIds);
    ({ continuation } = page);
  } while (continuation !== undefined);
  expect(ids).toEqual(Array.from({ length: 7 }, (_, n) => idOf(n)));
  expect((await orderIds({ limit: 10, from: '2026-01-15T00:00:00.000Z' })).orderIds).toEqual([idOf(3)]);
});
