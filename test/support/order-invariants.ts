// What must hold when every order has ended, whatever happened on the way.
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { tableStockStore } from '../../shared/adapters/tables/stock-store.ts';
import { recount } from '../../shared/inventory/stock.ts';
import type { StockStore } from '../../shared/inventory/stock-store.ts';
import { tables } from '../../shared/kernel/topology.ts';
import { clientFor } from '../contract/tables-cases/client.ts';
import { apiClient, type LedgerRow, type OrderView } from './api-client.ts';
import type { LocalAzure } from './local-azure.ts';
import { waitFor } from './wait-for.ts';

type Api = ReturnType<typeof apiClient>;

/**
 * Waits until each order has ended: completed ones were charged once, their units are sold and one mail each says so; the others net
 * nothing and hold nothing. Every counter of their products is what its reservations make it.
 */
export async function expectBooksBalance(
  azure: LocalAzure,
  orderIds: readonly string[],
): Promise<readonly OrderView[]> {
  const api = apiClient(azure.url);
  const orders: OrderView[] = [];
  for (const orderId of orderIds) orders.push(await api.settled(orderId, 120_000));
  await expectMoneyAddsUp(api, orders);
  await expectStockAddsUp(azure, orders);
  await expectOneMailEach(api, orders);
  return orders;
}

async function expectMoneyAddsUp(api: Api, orders: readonly OrderView[]): Promise<void> {
  const ledger = Map.groupBy(await api.payments(), ({ orderId }) => orderId);
  const netOf = (rows: readonly LedgerRow[]): number =>
    rows.reduce((sum, row) => sum + row.capturedMinor - row.refundedMinor, 0);
  for (const { orderId, status, total } of orders) {
    const rows = ledger.get(orderId) ?? [];
    const isHeld = rows.some((row) => row.status === 'requires_capture');
    expect({ orderId, status, payments: rows.length, net: netOf(rows), isHeld }).toEqual({
      orderId,
      status,
      payments: status === 'completed' ? 1 : expect.any(Number),
      net: status === 'completed' ? total.amountMinor : 0,
      isHeld: false,
    });
  }
}

/** The units are sold right after the completion is recorded. */
async function expectStockAddsUp(azure: LocalAzure, orders: readonly OrderView[]): Promise<void> {
  const [, origin] = /Tables +(http:\/\/[\d.:]+)/.exec(azure.output()) ?? [];
  if (origin === undefined) throw new Error('it did not print where its tables are');
  const stock = tableStockStore(clientFor(origin, tables.stock), Math.random, wait);
  const skus = new Set(orders.flatMap(({ items }) => items.map(({ sku }) => sku)));
  for (const sku of skus) {
    await waitFor(`the stock of ${sku} to add up`, async () => {
      const wrong = await differencesOf(stock, sku, orders);
      if (wrong.length > 0) throw new Error(wrong.join('; '));
      return true;
    });
  }
}

async function differencesOf(stock: StockStore, sku: string, orders: readonly OrderView[]): Promise<string[]> {
  const level = await stock.level(sku);
  if (level === undefined) return [`there is no stock of ${sku}`];
  const reservations = new Map(
    (await Array.fromAsync(stock.reservations(sku))).map((each) => [each.orderId, each] as const),
  );
  const right = await recount(level, reservations.values());
  const counted = JSON.stringify(right) === JSON.stringify(level) ? [] : [`${JSON.stringify(level)} is miscounted`];
  const wrong = orders.flatMap(({ orderId, status, items }) => {
    const quantity = items.reduce((sum, item) => sum + (item.sku === sku ? item.quantity : 0), 0);
    const found = reservations.get(orderId);
    const isSold = found?.status === 'sold' && found.quantity === quantity;
    const isRight = status === 'completed' ? quantity === 0 || isSold : !['sold', 'held'].includes(found?.status ?? '');
    return isRight ? [] : [`${orderId} is ${status}, its ${quantity} units are ${JSON.stringify(found)}`];
  });
  return [...counted, ...wrong];
}

async function expectOneMailEach(api: Api, orders: readonly OrderView[]): Promise<void> {
  for (const { orderId } of orders.filter(({ status }) => status === 'completed')) {
    const mails = await waitFor(
      `the mail of ${orderId}`,
      async () => {
        const sent = await api.mails(orderId);
        return sent.length > 0 && sent;
      },
      { timeoutMs: 60_000 },
    );
    expect(mails).toHaveLength(1);
  }
}
