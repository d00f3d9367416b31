// Holds in the app: an order waits for units that others hold, and takes what the sweep gives back.
import { setTimeout as wait } from 'node:timers/promises';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, skippingClock, startLocal } from '../../local/testing/testing.ts';
import { tableStockStore } from '../../shared/adapters/tables/stock-store.ts';
import { holdMs, reserveItems } from '../../shared/inventory/reserve-items.ts';
import type { StockStore } from '../../shared/inventory/stock-store.ts';
import { apiClient } from '../support/api-client.ts';
import { validOrder } from '../support/order-requests.ts';

let local: Local;
let api: ReturnType<typeof apiClient>;
let stock: StockStore;

beforeAll(async () => {
  local = await startLocal({ app: '.', topology: 'infra/topology.json', clock: skippingClock() });
  api = apiClient(local.url);
  const table = TableClient.fromConnectionString(local.storage, 'stock', { allowInsecureConnection: true });
  stock = tableStockStore(table, Math.random, wait);
});
afterAll(async () => {
  await local.close();
});

test('units held by an order nobody knows come back when the hold runs out, and go to the order that waits', async () => {
  const seats = [{ sku: 'TICKET-BALCONY', quantity: 40 }];
  const unknown = '5b0e5f6c-6a57-4a0e-8f0a-000000000008';
  expect(await reserveItems(stock, unknown, seats, Date.now())).toEqual({ outcome: 'reserved' });
  const orderId = await api.place(validOrder({ items: seats }));
  expect((await local.finished(orderId)).output).toEqual({ status: 'completed' });
  expect(await stock.level('TICKET-BALCONY')).toEqual({ sku: 'TICKET-BALCONY', received: 40, onHand: 0, reserved: 0 });
  const reservations = await Array.fromAsync(stock.reservations('TICKET-BALCONY'));
  expect(new Map(reservations.map((each) => [each.orderId, each.status]))).toEqual(
    new Map([
      [unknown, 'released'],
      [orderId, 'sold'],
    ]),
  );
});

test('an order waits no longer than its saga has patience', async () => {
  const mugs = [{ sku: 'MUG-MILLRACE', quantity: 200 }];
  const other = '5b0e5f6c-6a57-4a0e-8f0a-000000000009';
  await reserveItems(stock, other, mugs, Date.now() + holdMs);
  const orderId = await api.place(validOrder({ items: [{ sku: 'MUG-MILLRACE', quantity: 1 }] }));
  const ended = { status: 'cancelled', reason: 'stock-held-by-others' };
  expect((await local.finished(orderId)).output).toEqual(ended);
  expect(await api.order(orderId)).toMatchObject({ ...ended, payment: { status: 'pending' } });
  expect(await stock.level('MUG-MILLRACE')).toMatchObject({ onHand: 200, reserved: 200 });
});
