// Orders, the provider's ledger and the stock, made to disagree in every way, on the local tables and the stand-in by the real clients:
// after a run they agree, or a person is asked.
import type { TableClient } from '@azure/data-tables';
import fc from 'fast-check';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runReconciliation, type Counts } from '../../functions/reconciliation/run-reconciliation.ts';
import { createGuard } from '../../shared/adapters/resilience/guard.ts';
import { limits } from '../../shared/adapters/resilience/limits.ts';
import { stripePaymentProvider } from '../../shared/adapters/payments/stripe-payment-provider.ts';
import { tableOrderStore } from '../../shared/adapters/tables/order-store.ts';
import { tableProductStore } from '../../shared/adapters/tables/product-store.ts';
import { tableStockStore } from '../../shared/adapters/tables/stock-store.ts';
import { releaseItems, reserveItems, sellItems } from '../../shared/inventory/reserve-items.ts';
import type { StockStore } from '../../shared/inventory/stock-store.ts';
import { newId } from '../../shared/kernel/ids.ts';
import type { TaskWish } from '../../shared/operations/operator-task.ts';
import { appendEvents, orderEventId, type OrderChangePorts, storeEvents } from '../../shared/orders/append-events.ts';
import type { OrderEvent } from '../../shared/orders/events.ts';
import { loadHistory } from '../../shared/orders/order-history.ts';
import { skippingClock } from '../../local/testing/testing.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import type { LedgerRow } from '../support/api-client.ts';
import { memoryClaims } from '../support/memory-claims.ts';
import { type StandInsServer, startStandInsServer } from '../support/stand-ins-server.ts';
import { clientFor } from './tables-cases/client.ts';

const hourMs = 3_600_000;
const total = { amountMinor: 200, currency: 'EUR' } as const;
const items = [{ sku: 'LAMP', quantity: 2, unitPrice: { amountMinor: 100, currency: 'EUR' } }] as const;
const clock = skippingClock();
let files: Store;
let server: TablesServer;
let standIns: StandInsServer;
let stripe: Stripe;
let orders: TableClient;
let stockTable: TableClient;
let stock: StockStore;
let orderChanges: OrderChangePorts;
let reconcile: (now?: Date, sinceMs?: number) => Promise<Counts>;
let tasks: TaskWish[];
let warnings: string[];
let started: string[];
let tables = 0;

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
});
afterAll(async () => {
  await server.close();
  await files.close();
});

beforeEach(async () => {
  tables += 1;
  standIns = await startStandInsServer({ clock });
  stripe = new Stripe('sk_test', { host: '127.0.0.1', port: standIns.port, protocol: 'http', telemetry: false });
  const table = async (name: string): Promise<TableClient> => {
    const client = clientFor(`http://127.0.0.1:${server.port}`, `${name}${tables}`);
    await client.createTable();
    return client;
  };
  orders = await table('orders');
  stockTable = await table('stock');
  const products = tableProductStore(await table('products'));
  await products.addIfAbsent({ sku: 'LAMP', name: 'A lamp', price: items[0].unitPrice });
  stock = tableStockStore(stockTable, Math.random, async () => {});
  await stock.addIfAbsent('LAMP', 1_000);
  const nothing = async (): Promise<void> => {};
  orderChanges = {
    orders: tableOrderStore(orders, memoryClaims()),
    leaveHint: nothing,
    publish: nothing,
    now: () => clock.now(),
  };
  const guard = createGuard('payments', { ...limits.payments, opensAfter: 100 });
  const payments = stripePaymentProvider({ url: standIns.origin, key: 'sk_test', guard });
  [tasks, warnings, started] = [[], [], []];
  reconcile = (now = new Date(clock.now() + hourMs), sinceMs = 3 * hourMs) =>
    runReconciliation(
      {
        orderChanges,
        orders,
        payments,
        products,
        stock,
        raiseTask: async (wish) => void tasks.push(wish),
        startSaga: async (orderId) => {
          const isNew = !started.includes(orderId);
          started.push(orderId);
          return isNew;
        },
        warn: (message) => void warnings.push(message),
        openTasks: async function* () {},
        closeTask: nothing,
      },
      now,
      sinceMs,
    );
  return () => standIns.close();
});

const created: OrderEvent = {
  type: 'OrderCreated',
  data: {
    customerId: 'ada',
    contactId: 'c-1',
    items: [...items],
    total,
    payment: { method: 'pm_card_visa' },
    channel: 'web',
  },
};
const placed: OrderEvent = { type: 'OrderPlaced', data: { customerId: 'ada' } };
const captured = (paymentId: string): OrderEvent => ({ type: 'PaymentCaptured', data: { paymentId, amount: total } });
const completed: OrderEvent = { type: 'OrderCompleted', data: {} };
const cancelled: OrderEvent = {
  type: 'OrderCancelled',
  data: { reason: 'cancelled-by-customer', payment: 'nothing-charged' },
};

/** An order with these events, after it was created and placed. */
async function given(orderId: string, ...events: readonly OrderEvent[]): Promise<void> {
  const first = { event: created, eventId: orderEventId(orderId, 'create') };
  await storeEvents(orderChanges, orderId, undefined, [first]);
  for (const event of [placed, ...events])
    await appendEvents(orderChanges, orderId, () => [{ event, step: event.type }]);
}

async function pay(orderId: string, wish: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<string> {
  const intent = await stripe.paymentIntents.create({
    amount: total.amountMinor,
    currency: 'eur',
    payment_method: 'pm_card_visa',
    confirm: true,
    metadata: { orderId },
    ...wish,
  });
  return intent.id;
}

const reserve = (orderId: string) => reserveItems(stock, orderId, items, clock.now() + hourMs);
const soldTo = async (orderId: string): Promise<void> => {
  await reserve(orderId);
  await sellItems(stock, orderId, items);
};
const ledger = async (): Promise<LedgerRow[]> =>
  (await (await fetch(`${standIns.origin}/local/payments`)).json()) as LedgerRow[];
const net = async (paymentId: string): Promise<number> => {
  const row = (await ledger()).find(({ id }) => id === paymentId);
  return (row?.capturedMinor ?? 0) - (row?.refundedMinor ?? 0);
};

/** A payment that was brought into this state. */
async function paid(orderId: string, state: string): Promise<string> {
  const isHeld = state === 'held' || state === 'voided';
  const paymentId = await pay(orderId, isHeld ? { capture_method: 'manual' } : {});
  if (state === 'voided') await stripe.paymentIntents.cancel(paymentId);
  if (state === 'partly') await stripe.refunds.create({ payment_intent: paymentId, amount: 50 });
  if (state === 'refunded') await stripe.refunds.create({ payment_intent: paymentId });
  return paymentId;
}
const level = () => stock.level('LAMP');
const eventsOf = async (orderId: string): Promise<string[]> =>
  (await Array.fromAsync(orderChanges.orders.events(orderId))).map(({ type }) => type);

/** A run that repairs, and one that finds nothing left to do: open tasks are found again. */
async function reconciled(): Promise<Counts> {
  const counts = await reconcile();
  expect(warnings).toEqual([]);
  const tasksBefore = tasks.length;
  const {
    orders: _orders,
    payments: _payments,
    products: _products,
    'task-raised': again,
    ...rest
  } = await reconcile();
  expect(rest).toEqual({});
  expect(again ?? 0).toBe(tasksBefore);
  return counts;
}

describe('what agrees is left alone', () => {
  test('an order that is completed, paid and sold', async () => {
    const orderId = newId();
    const paymentId = await pay(orderId);
    await soldTo(orderId);
    await given(orderId, captured(paymentId), completed);
    expect(await reconciled()).toEqual({ orders: 1, payments: 1, products: 1 });
    expect(await level()).toMatchObject({ onHand: 998, reserved: 0 });
  });

  test('what changed a moment ago, whatever it looks like', async () => {
    const orderId = newId();
    const paymentId = await pay(orderId);
    await reserve(orderId);
    await given(orderId, cancelled);
    await given(newId());
    expect(await reconcile(new Date(clock.now()))).toEqual({ payments: 1, products: 1 });
    expect(await net(paymentId)).toBe(200);
    expect(started).toEqual([]);
  });

  test('a draft', async () => {
    const orderId = newId();
    await storeEvents(orderChanges, orderId, undefined, [{ event: created, eventId: orderEventId(orderId, 'create') }]);
    expect(await reconciled()).toEqual({ orders: 1, products: 1 });
  });
});

describe('what is safe is repaired', () => {
  test.each<[string, Partial<Stripe.PaymentIntentCreateParams>, string]>([
    ['taken', {}, 'refunded'],
    ['held', { capture_method: 'manual' }, 'voided'],
  ])('money of a cancelled order that is still %s goes back', async (_what, wish, outcome) => {
    const orderId = newId();
    const paymentId = await pay(orderId, wish);
    await given(orderId, cancelled);
    expect(await reconciled()).toMatchObject({ 'gave-back': 1 });
    expect(await net(paymentId)).toBe(0);
    const order = (await loadHistory(orderChanges.orders, orderId))?.order;
    expect(order).toMatchObject({ status: 'cancelled', payment: { status: outcome, paymentId } });
    expect((await eventsOf(orderId)).filter((type) => type === 'LatePaymentReversed')).toHaveLength(1);
  });

  test('money that went back unrecorded is recorded, once', async () => {
    const orderId = newId();
    await stripe.refunds.create({ payment_intent: await pay(orderId) });
    await given(orderId, cancelled);
    expect(await reconciled()).toMatchObject({ recorded: 1 });
    expect((await eventsOf(orderId)).filter((type) => type === 'LatePaymentReversed')).toHaveLength(1);
  });

  test('units that a cancelled order holds go back to the shelf', async () => {
    const orderId = newId();
    await reserve(orderId);
    await given(orderId, cancelled);
    expect(await reconciled()).toMatchObject({ released: 1 });
    expect(await level()).toMatchObject({ onHand: 1_000, reserved: 0 });
  });

  test('units that a completed order still holds are sold', async () => {
    const orderId = newId();
    const paymentId = await pay(orderId);
    await reserve(orderId);
    await given(orderId, captured(paymentId), completed);
    expect(await reconciled()).toMatchObject({ sold: 1 });
    expect(await level()).toMatchObject({ onHand: 998, reserved: 0 });
  });

  test('a counter that its reservations do not bear out is counted anew', async () => {
    await reserve(newId());
    await stockTable.updateEntity({ partitionKey: 'LAMP', rowKey: 'level', onHand: 3, reserved: 9 }, 'Merge');
    expect(await reconciled()).toMatchObject({ recounted: 1 });
    expect(await level()).toMatchObject({ onHand: 1_000, reserved: 2 });
  });

  test('an order without a saga gets one', async () => {
    const orderId = newId();
    await given(orderId);
    expect(await reconciled()).toMatchObject({ 'saga-started': 1 });
    expect(started).toEqual([orderId, orderId]);
  });
});

describe('a person is asked about', () => {
  const asked = async (): Promise<string[]> => {
    await reconciled();
    return [...new Set(tasks.map(({ kind, step, subject }) => `${kind} ${step} ${subject}`))];
  };

  test('a completed order whose payment is only held', async () => {
    const orderId = newId();
    const paymentId = await pay(orderId, { capture_method: 'manual' });
    await soldTo(orderId);
    await given(orderId, captured(paymentId), completed);
    expect(await asked()).toEqual([`reconciliation completed-not-captured ${orderId}`]);
  });

  test('a completed order of which too little was taken', async () => {
    const orderId = newId();
    const paymentId = await pay(orderId, { amount: 150 });
    await soldTo(orderId);
    await given(orderId, captured(paymentId), completed);
    expect(await asked()).toEqual([`reconciliation completed-other-amount ${orderId}`]);
  });

  test('a completed order whose payment nobody knows', async () => {
    const orderId = newId();
    await soldTo(orderId);
    await given(orderId, captured('pi_none'), completed);
    expect(await asked()).toEqual([`reconciliation completed-without-payment ${orderId}`]);
  });

  test('a completed order that was charged twice', async () => {
    const orderId = newId();
    const paymentId = await pay(orderId);
    await pay(orderId);
    await soldTo(orderId);
    await given(orderId, captured(paymentId), completed);
    expect(await asked()).toEqual([`reconciliation second-payment ${orderId}`]);
  });

  test('a completed order whose units were given back', async () => {
    const orderId = newId();
    const paymentId = await pay(orderId);
    await releaseItems(stock, orderId, items);
    await given(orderId, captured(paymentId), completed);
    expect(await asked()).toEqual([`reconciliation completed-without-stock ${orderId}`]);
  });

  test('a cancelled order whose units count as sold', async () => {
    const orderId = newId();
    await soldTo(orderId);
    await given(orderId, cancelled);
    expect(await asked()).toEqual([`reconciliation cancelled-but-sold ${orderId}`]);
  });

  test('money of no order, and of something that is none of ours', async () => {
    const paymentId = await pay('not an id');
    expect(await asked()).toEqual([`reconciliation payment-of-no-order ${paymentId}`]);
  });

  test('an order whose saga does not go on', async () => {
    const orderId = newId();
    await given(orderId);
    started.push(orderId);
    const later = new Date(clock.now() + 7 * hourMs);
    expect(await reconcile(later, 8 * hourMs)).toEqual({ orders: 1, products: 1, 'task-raised': 1 });
    expect(tasks).toMatchObject([{ kind: 'reconciliation', step: 'stuck', subject: orderId }]);
  });
});

test('one order that cannot be looked into does not keep the others waiting', async () => {
  const [bad, good] = [newId(), newId()];
  await given(bad, cancelled);
  await orders.updateEntity({ partitionKey: bad, rowKey: 'event-0000000001', data: '{' }, 'Merge');
  await given(good);
  expect(await reconcile()).toMatchObject({ orders: 2, failed: 1, 'saga-started': 1 });
  expect(warnings).toEqual([expect.stringContaining(bad)]);
});

test('many orders and payments are worked through, page by page', async () => {
  const ids = Array.from({ length: 150 }, () => newId());
  await Promise.all(
    ids.map(async (orderId) => {
      await given(orderId, cancelled);
      await pay(orderId);
    }),
  );
  expect(await reconciled()).toEqual({ orders: 150, payments: 150, products: 1, 'gave-back': 150 });
});

test('whatever orders, ledger and stock say of each other, afterwards they agree or a person is asked', async () => {
  const disagreement = fc.record({
    status: fc.constantFrom('processing', 'completed', 'cancelled'),
    payments: fc.array(fc.constantFrom('held', 'taken', 'partly', 'refunded', 'voided'), { maxLength: 2 }),
    knows: fc.boolean(),
    units: fc.constantFrom('none', 'held', 'sold', 'released'),
  });
  const cases = fc.sample(disagreement, 60).map((one) => ({ ...one, orderId: newId() }));
  for (const { orderId, status, payments, knows, units } of cases) {
    if (units === 'held') await reserve(orderId);
    if (units === 'sold') await soldTo(orderId);
    if (units === 'released') await releaseItems(stock, orderId, items);
    const paymentIds: string[] = [];
    for (const state of payments) paymentIds.push(await paid(orderId, state));
    const [own = 'pi_none'] = paymentIds;
    const end = { processing: [], completed: [completed], cancelled: [cancelled] }[status];
    await given(orderId, ...(knows ? [captured(own)] : []), ...end);
  }
  await reconciled();
  const rows = await ledger();
  const subjects = new Set(tasks.map(({ subject }) => subject));
  for (const { orderId, status } of cases) {
    const order = (await loadHistory(orderChanges.orders, orderId))?.order;
    const own = rows.filter((row) => row.orderId === orderId);
    const left = own.map((row) =>
      row.status === 'requires_capture' ? row.amountMinor : row.capturedMinor - row.refundedMinor,
    );
    const sum = left.reduce((a, b) => a + b, 0);
    const units = await stock.change('LAMP', orderId, ({ reservation }) => ({ outcome: reservation?.status }));
    const isPaid = sum === 200 && own.find(({ id }) => id === order?.payment.paymentId)?.capturedMinor === 200;
    const agrees = {
      processing: started.includes(orderId),
      completed: isPaid && units === 'sold',
      cancelled: sum === 0 && units !== 'held' && units !== 'sold',
    }[status];
    expect({ orderId, status, left, units, isSeenTo: agrees || subjects.has(orderId) }).toMatchObject({
      isSeenTo: true,
    });
  }
  expect(await stock.mend('LAMP')).toBeUndefined();
});
