// Projections are rebuilt under load while the host dies by kill -9: in the end they are what the event store makes of them.
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { tableOrderStore } from '../../shared/adapters/tables/order-store.ts';
import { forEachAtOnce } from '../../shared/kernel/for-each-at-once.ts';
import { newId } from '../../shared/kernel/ids.ts';
import { tables } from '../../shared/kernel/topology.ts';
import { orderEventId } from '../../shared/orders/append-events.ts';
import type { OrderEvent } from '../../shared/orders/events.ts';
import type { Order } from '../../shared/orders/order.ts';
import { readOrder } from '../../shared/orders/read-order.ts';
import { salesLines } from '../../shared/sales/daily-sales.ts';
import { apiClient } from '../support/api-client.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { memoryClaims } from '../support/memory-claims.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';
import { connectionStringFor } from '../contract/tables-cases/client.ts';

const data = makeDataFolder();
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;
let table: TableClient;

beforeAll(async () => {
  azure = await startLocalAzure(data);
  api = apiClient(azure.url);
  const origin = /Tables\s+(http:\/\/[\d.:]+)/.exec(azure.output())?.[1] ?? '';
  table = TableClient.fromConnectionString(connectionStringFor(origin), tables.orders, {
    allowInsecureConnection: true,
  });
});
afterAll(async () => {
  await azure.stop();
  removeData(data);
});

const customers = ['rebuilt-a', 'rebuilt-b', 'rebuilt-c'];
const customerOf = (n: number): string => customers[n % customers.length] ?? '';
const names = ['orders-by-customer', 'daily-sales'];

/** An order that the projections were never told of. */
const storedOrder = (n: number): OrderEvent[] => {
  const unitPrice = { amountMinor: 100 + n, currency: 'EUR' } as const;
  const amount = { ...unitPrice, amountMinor: unitPrice.amountMinor * 3 };
  const customerId = customerOf(n);
  const payment = { method: 'pm_card_visa' };
  const items = [{ sku: `SEEDED-${n % 7}`, quantity: 3, unitPrice }];
  const paid = { paymentId: `pi-${n}`, amount };
  return [
    { type: 'OrderCreated', data: { customerId, contactId: 'none', items, total: amount, payment, channel: 'web' } },
    { type: 'PaymentCaptured', data: paid },
    ...(n % 5 === 0
      ? [{ type: 'OrderCancelled', data: { reason: 'saga-failed', payment: 'refunded' } } as const]
      : [{ type: 'OrderCompleted', data: {} } as const]),
  ];
};

async function seed(count: number): Promise<string[]> {
  const store = tableOrderStore(table, memoryClaims());
  const ids = Array.from({ length: count }, newId);
  await forEachAtOnce(ids.entries(), 16, async ([n, orderId]) => {
    const at = new Date(Date.UTC(2026, 9, 1 + (n % 20), 12)).toISOString();
    const events = storedOrder(n).map((event, index) => ({ event, eventId: orderEventId(orderId, `seed-${index}`) }));
    await store.append(orderId, 0, { events, at, outbox: [] });
  });
  return ids;
}

interface ProjectionView {
  readonly live: string;
  readonly rebuilding?: { readonly id: string; readonly progress: number };
  readonly last?: { readonly id: string; readonly orders: number; readonly skipped: number };
}

const projection = (name: string) => api.get<ProjectionView>(`/api/v1/projections/${name}`);

async function killHost(): Promise<void> {
  const [host] = await waitFor(
    'a host',
    () => azure.children(/millrace-host/).length > 0 && azure.children(/millrace-host/),
  );
  if (host !== undefined) process.kill(host, 'SIGKILL');
}

async function listed(customerId: string): Promise<object[]> {
  const rows: object[] = [];
  let continuation: string | undefined;
  do {
    const more = continuation === undefined ? '' : `&continuation=${continuation}`;
    const page = await api.get<{ items: object[]; continuation?: string }>(
      `/api/v1/orders?customerId=${customerId}&limit=200${more}`,
    );
    rows.push(...page.items);
    ({ continuation } = page);
  } while (continuation !== undefined);
  return rows;
}

/** What the event store makes of all orders. */
async function fold(orderIds: readonly string[]) {
  const store = tableOrderStore(table, memoryClaims());
  const orders: Order[] = [];
  await forEachAtOnce(orderIds, 16, async (orderId) => orders.push(await readOrder(store, orderId)));
  const sales = new Map<string, readonly [units: number, revenueMinor: number]>();
  for (const { day, sku, units, revenueMinor } of orders.flatMap(salesLines)) {
    const [unitsBefore, revenueBefore] = sales.get(`${day} ${sku}`) ?? [0, 0];
    sales.set(`${day} ${sku}`, [unitsBefore + units, revenueBefore + revenueMinor]);
  }
  return { orders, sales };
}

test('fault 9: a rebuild under load, with the host killed twice in the middle, is what the event store makes of it', async () => {
  onTestFailed(() => console.log(azure.output().slice(-10_000)));
  const orderIds = await seed(1_000);
  const before = await Promise.all(names.map(projection));
  const started = await Promise.all(
    names.map((name) => api.ask<{ id: string }>('POST', `/api/v1/projections/${name}/rebuild`, {})),
  );
  expect(started.map(({ status, headers }) => [status, headers.get('location')])).toEqual(
    names.map((name) => [202, `/api/v1/projections/${name}`]),
  );
  const again = await api.ask<{ id: string }>('POST', '/api/v1/projections/daily-sales/rebuild', {});
  expect(again.body.id).toBe(started[1]?.body.id);
  const otherwise = await api.ask<{ code: string }>('POST', '/api/v1/projections/daily-sales/rebuild', {
    from: '2026-01-01T00:00:00Z',
  });
  expect([otherwise.status, otherwise.body.code]).toEqual([409, 'projection-being-rebuilt']);

  const over = new AbortController();
  const load = async (): Promise<void> => {
    for (let n = 0; !over.signal.aborted || n < 10; n += 1) {
      const key = `load-${n}`;
      const order = validOrder({ customerId: customerOf(n), items: [{ sku: 'PIZZA-MARGHERITA', quantity: 1 }] });
      orderIds.push(
        await waitFor(`${key} accepted`, () => api.place(order, key), { timeoutMs: 60_000, intervalMs: 100 }),
      );
    }
  };
  const rebuild = async (): Promise<void> => {
    for (const part of [0.1, 0.5]) {
      await waitFor(
        `${part} of the sales`,
        async () => ((await projection('daily-sales')).rebuilding?.progress ?? 0) > part,
        { timeoutMs: 60_000, intervalMs: 5 },
      );
      await killHost();
    }
    for (const [index, name] of names.entries()) {
      const id = started[index]?.body.id;
      const { live, last } = await waitFor(
        `the end of ${name}`,
        async () => {
          const view = await projection(name);
          return view.last?.id === id && view;
        },
        { timeoutMs: 120_000, intervalMs: 100 },
      );
      expect([live, last?.skipped]).toEqual([id, 0]);
      expect(live).not.toBe(before[index]?.live);
    }
  };
  await Promise.all([load(), rebuild().finally(() => over.abort())]);
  // The kitchen's is the last event of such an order.
  const isCooked = async (orderId: string): Promise<boolean> =>
    (await api.get<{ fulfilment: string }>(`/api/v1/orders/${orderId}`)).fulfilment === 'preparing';
  for (const orderId of orderIds.slice(1_000)) {
    const options = { timeoutMs: 120_000, intervalMs: 100 };
    await waitFor(`order ${orderId} in the kitchen`, () => isCooked(orderId), options);
  }

  const { orders, sales } = await fold(orderIds);
  await waitFor(
    'the lists and sales of the event store',
    async () => {
      for (const customerId of customers) {
        const expected = orders
          .filter((order) => order.customerId === customerId)
          .map(({ orderId, status, version }) => ({ orderId, status, version }));
        const rows = (await listed(customerId)) as { orderId: string }[];
        expect(rows).toHaveLength(expected.length);
        const byId = Map.groupBy(rows, ({ orderId }) => orderId);
        for (const order of expected) expect(byId.get(order.orderId)).toMatchObject([order]);
      }
      const today = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
      const items = await Promise.all(
        [
          ['2026-10-01', '2026-11-01'],
          ['2026-11-01', today],
        ].map(([from, to]) =>
          api.get<{ items: { day: string; sku: string; units: number; revenue: { amountMinor: number } }[] }>(
            `/api/v1/sales/daily?from=${from}&to=${to}`,
          ),
        ),
      );
      const shown = new Map(
        items.flatMap((page) =>
          page.items.map(({ day, sku, units, revenue }) => [`${day} ${sku}`, [units, revenue.amountMinor]] as const),
        ),
      );
      expect(shown).toEqual(sales);
      return true;
    },
    { timeoutMs: 60_000, intervalMs: 500 },
  );
});
