// The event store on the local Table Storage by the real client: long histories, claims, and streams that are not whole.
import type { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableOrderStore } from '../../shared/adapters/tables/order-store.ts';
import { tableOutbox } from '../../shared/adapters/tables/outbox.ts';
import { appendEvents, type OrderChangePorts } from '../../shared/orders/append-events.ts';
import type { OrderEvent } from '../../shared/orders/events.ts';
import type { OrderClaim } from '../../shared/orders/order-claim.ts';
import { foldOrder } from '../../shared/orders/order.ts';
import type { OrderStore } from '../../shared/orders/order-store.ts';
import { readOrder, readOrderEvents } from '../../shared/orders/read-order.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { memoryClaims } from '../support/memory-claims.ts';
import { clientFor, rowKeys } from './tables-cases/client.ts';

const orderId = '0190a8f0-0000-7000-8000-000000000001';
const at = '2026-01-02T03:04:05.000Z';
const unitPrice = { amountMinor: 950, currency: 'EUR' } as const;
const item = { sku: 'PIZZA-MARGHERITA', quantity: 1, unitPrice, storeId: 'kitchen-harbour' };
const created: OrderEvent = {
  type: 'OrderCreated',
  data: {
    customerId: 'ada',
    contactId: 'c-1',
    items: [item],
    total: unitPrice,
    payment: { method: 'pm_card_visa' },
    channel: 'web',
  },
};
const added = (n: number): OrderEvent => ({
  type: 'OrderItemAdded',
  data: { item: { ...item, quantity: 1 + (n % 7) }, total: { ...unitPrice, amountMinor: 950 * n } },
});
const placed: OrderEvent = { type: 'OrderPlaced', data: { customerId: 'ada' } };

let files: Store;
let server: TablesServer;
let table: TableClient;
let orders: OrderStore;
let ports: OrderChangePorts;
let tables = 0;

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
});

beforeEach(async () => {
  tables += 1;
  table = clientFor(`http://127.0.0.1:${server.port}`, `orders${tables}`);
  await table.createTable();
  orders = tableOrderStore(table, memoryClaims());
  ports = { orders, leaveHint: async () => {}, publish: async () => {}, now: () => Date.parse(at) };
});

afterAll(async () => {
  await server.close();
  await files.close();
});

/** How many rows each answer of the table has from now on. */
function rowsOfAnswers(): number[] {
  const rows: number[] = [];
  table.pipeline.addPolicy({
    name: 'rows of answers',
    sendRequest: async (request, next) => {
      const response = await next(request);
      rows.push((JSON.parse(response.bodyAsText ?? '{}') as { value?: unknown[] }).value?.length ?? 1);
      return response;
    },
  });
  return rows;
}

/** Stores events as they are, without messages. */
const store = (events: readonly OrderEvent[], expectedVersion = 0) =>
  orders.append(orderId, expectedVersion, {
    events: events.map((event, index) => ({ event, eventId: `e-${expectedVersion + index + 1}` })),
    at,
    outbox: [],
  });

describe('fault 11: a history of 10,000 events', () => {
  beforeEach(async () => {
    await store([created]);
    for (let version = 1; version < 9_999; version += 100) {
      const count = Math.min(100, 9_999 - version);
      await store(
        Array.from({ length: count }, (_, index) => added(version + index)),
        version,
      );
    }
  }, 60_000);

  test('is read page by page, and its snapshot and a full replay agree', async () => {
    const step = { event: added(10_000), step: 'the 10,000th' };
    const replayed = await appendEvents(ports, orderId, () => [step]);
    expect(replayed.version).toBe(10_000);
    const { snapshot, events } = await orders.load(orderId);
    expect(snapshot?.order).toEqual(foldOrder(orderId, await readOrderEvents(orders, orderId)));
    expect(await Array.fromAsync(events)).toEqual([]);
    expect(snapshot?.eventIds).toHaveLength(10_000);
    // A repeat is found, though no event is read; what follows is read after the snapshot.
    expect((await appendEvents(ports, orderId, () => [step])).version).toBe(10_000);
    const submitted = await appendEvents(ports, orderId, () => [{ event: placed, step: 'place' }]);
    expect(submitted).toEqual({ ...replayed, status: 'accepted', placedAt: at, version: 10_001, updatedAt: at });
    const rows = rowsOfAnswers();
    expect(await readOrder(orders, orderId)).toEqual(submitted);
    expect(rows.length).toBeLessThan(3);
    expect(await readOrder(orders, orderId, { version: 9_999 })).toMatchObject({ status: 'draft', version: 9_999 });
    expect(Math.max(...rows)).toBeLessThanOrEqual(200);
  }, 60_000);
});

test('a snapshot of another form of order, or a damaged one, is passed over', async () => {
  await store([created, ...Array.from({ length: 98 }, (_, n) => added(n))]);
  const whole = await appendEvents(ports, orderId, () => [{ event: added(99), step: 'the 100th' }]);
  expect((await orders.load(orderId)).snapshot?.order).toEqual(whole);
  for (const change of [{ form: 0 }, { part0: new Uint8Array([1, 2, 3]) }, { parts: 2 }]) {
    const row = await table.getEntity(orderId, 'a-snapshot');
    await table.updateEntity({ partitionKey: orderId, rowKey: 'a-snapshot', ...change }, 'Merge');
    expect((await orders.load(orderId)).snapshot).toBeUndefined();
    expect(await readOrder(orders, orderId)).toEqual(whole);
    await table.updateEntity(row as { partitionKey: string; rowKey: string }, 'Replace');
  }
});

test('a stream with a gap is found and never folded over', async () => {
  await store([created, added(2), added(3)]);
  await table.deleteEntity(orderId, 'event-0000000002');
  await expect(readOrder(orders, orderId)).rejects.toMatchObject({
    code: 'broken-invariant',
    message: `Order ${orderId} misses event 2: 3 comes next`,
  });
});

test('a stream that yesterday’s app stored is today’s order', async () => {
  const { channel: _, ...createdV1 } = created.data as { readonly channel: string };
  const row = { partitionKey: orderId, rowKey: 'event-0000000001', type: 'OrderCreated', eventId: 'e-1', at };
  await table.createEntity({ ...row, data: JSON.stringify(createdV1) });
  await store([placed], 1);
  expect(await readOrder(orders, orderId)).toMatchObject({ channel: 'web', status: 'accepted', version: 2 });
});

describe('a claim', () => {
  const claim: OrderClaim = { operation: 'add-item', caller: 'ada', key: 'k-1', requestHash: 'h-1' };
  const addOnce = () => appendEvents(ports, orderId, () => [{ event: added(2), step: 'add-item/k-1' }], claim);

  test('fault 40: of 20 concurrent requests is one item and one answer', async () => {
    await store([created]);
    const answers = await Promise.all(Array.from({ length: 20 }, addOnce));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await rowKeys(table)).toEqual([
      'event-0000000001',
      'event-0000000002',
      expect.stringMatching(/^key-/),
      ...outbox,
    ]);
  });
  const outbox = ['outbox-0000000002-000', 'outbox-0000000002-001'];

  test('is not stored where its events are not', async () => {
    await store([created]);
    await addOnce();
    await expect(
      appendEvents(ports, orderId, () => [{ event: added(2), step: 'x' }], { ...claim, requestHash: 'h-2' }),
    ).rejects.toMatchObject({ code: 'idempotency-key-reused' });
    expect((await readOrder(orders, orderId)).version).toBe(2);
  });

  test('is answered from the order as it stood, whatever came after', async () => {
    await store([created]);
    const first = await addOnce();
    await store([placed], 2);
    expect(await addOnce()).toEqual(first);
  });
});

test('the outbox rows of an append are answered as they stand', async () => {
  const message = { destination: 'q', messageId: 'm', label: 'L', correlationId: 'c', body: '{}' };
  const outbox = [message, { ...message, messageId: 'n', sessionId: 's' }];
  const rows = await orders.append(orderId, 0, { events: [], at, outbox });
  expect(rows).toHaveLength(2);
  expect(await tableOutbox(table).rows(orderId)).toEqual(rows);
});

test('20 writers at the same moment each add their event', async () => {
  await store([created]);
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => appendEvents(ports, orderId, () => [{ event: added(n), step: `add/${n}` }])),
  );
  expect((await readOrder(orders, orderId)).items).toHaveLength(21);
});
