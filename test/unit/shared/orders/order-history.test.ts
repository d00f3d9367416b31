// Snapshots and moments: whichever way an order is read, it is the same order.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { appendEvents } from '../../../../shared/orders/append-events.ts';
import type { OrderEvent } from '../../../../shared/orders/events.ts';
import { loadHistory, toSnapshot } from '../../../../shared/orders/order-history.ts';
import { foldOrder, orderForm } from '../../../../shared/orders/order.ts';
import { parseAsOf, readOrder, readOrderEventsPage } from '../../../../shared/orders/read-order.ts';
import { addEvent, memoryOrders, type MemoryOrders } from '../../../support/memory-orders.ts';

const orderId = '0190a8f0-0000-7000-8000-000000000001';
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
const added: OrderEvent = { type: 'OrderItemAdded', data: { item, total: unitPrice } };
const items = (count: number): OrderEvent[] => Array.from({ length: count }, () => added);
const placed: OrderEvent = { type: 'OrderPlaced', data: { customerId: 'ada' } };
const reserved: OrderEvent = { type: 'StockReserved', data: {} };

function given(...events: OrderEvent[]): MemoryOrders {
  const ports = memoryOrders();
  for (const event of events) addEvent(ports, orderId, event);
  return ports;
}

const add = (step: string) => (ports: MemoryOrders) => appendEvents(ports, orderId, () => [{ event: added, step }]);

test('fault 11: after any number of events, a snapshot of any moment and a full replay are the same order', async () => {
  const anyEvent = fc.constantFrom<OrderEvent>(
    added,
    placed,
    reserved,
    { type: 'CancelRequested', data: {} },
    { type: 'PaymentAuthorised', data: { paymentId: 'pi_1', amount: unitPrice } },
    { type: 'CompensationFailed', data: { step: 'cancel-shipment', detail: 'x' } },
    { type: 'OrderReady', data: {} },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 60 }), fc.nat(60), async (events, upTo) => {
      const ports = given(created, ...events);
      const whole = await loadHistory(ports.orders, orderId);
      const early = given(created, ...events.slice(0, upTo));
      const snapshot = await loadHistory(early.orders, orderId);
      if (snapshot === undefined) throw new Error('no order');
      // As it comes out of a store.
      ports.snapshots.set(orderId, JSON.parse(JSON.stringify(toSnapshot(snapshot))));
      expect(await loadHistory(ports.orders, orderId)).toEqual(whole);
    }),
  );
});

test('a snapshot is kept every hundred events and used from then on', async () => {
  const ports = given(created, ...items(97));
  await add('item-99')(ports);
  expect(ports.snapshots.size).toBe(0);
  await add('item-100')(ports);
  expect(ports.snapshots.get(orderId)?.order.version).toBe(100);
  await add('item-101')(ports);
  ports.streams.get(orderId)?.events.splice(0, 100);
  expect((await readOrder(ports.orders, orderId)).items).toHaveLength(101);
});

test('a step that is repeated is stored once though its event is only in a snapshot', async () => {
  const ports = given(created, placed);
  await appendEvents(ports, orderId, () => [{ event: reserved, step: 'reserve-stock' }]);
  for (let n = 0; n < 98; n += 1) await add(`item-${n}`)(ports);
  expect(ports.snapshots.size).toBe(1);
  const { version } = await appendEvents(ports, orderId, () => [{ event: reserved, step: 'reserve-stock' }]);
  expect(version).toBe(101);
});

test('the form of an order is the one its number stands for: who changes it raises orderForm and this line', () => {
  const ports = given(created, placed, reserved, { type: 'OrderReady', data: {} });
  const order = foldOrder(orderId, ports.streams.get(orderId)?.events ?? []);
  expect([orderForm, ...Object.keys(order ?? {}).toSorted()].join(' ')).toBe(
    '1 cancelRequested channel contactId createdAt customerId failedUndos fulfilment items orderId payment paymentMethod placedAt shipment status storeId total updatedAt version',
  );
});

const at = (second: number) => `2026-01-02T03:04:0${second}.000Z`;

function givenTimes(): MemoryOrders {
  const ports = given(created, placed, reserved);
  const stream = ports.streams.get(orderId)?.events ?? [];
  ports.streams.set(orderId, { events: stream.map((event, index) => ({ ...event, at: at(index + 1) })) });
  return ports;
}

test.each([
  ['1', 'draft'],
  ['2', 'accepted'],
  ['3', 'processing'],
  [at(1), 'draft'],
  ['2026-01-02T03:04:02.999Z', 'accepted'],
  ['2026-01-02T05:04:02+02:00', 'accepted'],
  ['2030-01-01T00:00:00Z', 'processing'],
])('as of %s the order is %s', async (text, status) => {
  expect((await readOrder(givenTimes().orders, orderId, parseAsOf(text))).status).toBe(status);
});

test.each(['0', '2026-01-02T03:04:00.999Z'])('as of %s there is no order yet', async (text) => {
  await expect(readOrder(givenTimes().orders, orderId, parseAsOf(text))).rejects.toMatchObject({
    code: 'order-not-found',
  });
});

test('a version the order does not have yet is refused, with the last one', async () => {
  await expect(readOrder(givenTimes().orders, orderId, parseAsOf('4'))).rejects.toMatchObject({
    code: 'invalid-request',
    message: 'The query is not valid: asOf must be 3 at most: the order has no more events',
  });
});

test.each(['', '-1', '1.5', 'yesterday', '2026-01-02', '2026-13-01T00:00:00Z', '1e3', '99999999999'])(
  'as of %s is no moment',
  (text) => {
    expect(() => parseAsOf(text)).toThrow(expect.objectContaining({ code: 'invalid-request' }));
  },
);

test('events are walked page by page', async () => {
  const { orders } = given(created, ...items(4));
  const versions: number[][] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { events, next } = await readOrderEventsPage(orders, orderId, { after, limit: 2 });
    versions.push(events.map(({ version }) => version));
    after = next;
  }
  expect(versions).toEqual([[1, 2], [3, 4], [5]]);
});
