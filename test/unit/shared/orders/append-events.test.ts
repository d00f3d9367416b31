import { expect, test } from 'vitest';
import { appendEvents, appendEventsTo } from '../../../../shared/orders/append-events.ts';
import { cancelOrder } from '../../../../shared/orders/cancel-order.ts';
import type { OrderEvent } from '../../../../shared/orders/events.ts';
import type { OrderClaim } from '../../../../shared/orders/order-claim.ts';
import { readHistory } from '../../../../shared/orders/read-order.ts';
import { addEvent, memoryOrders } from '../../../support/memory-orders.ts';

const orderId = '0190a8f0-0000-7000-8000-000000000001';
const total = { amountMinor: 4900, currency: 'EUR' } as const;

const created: OrderEvent = {
  type: 'OrderCreated',
  data: {
    customerId: 'ada',
    contactId: 'c-1',
    items: [{ sku: 'TICKET-STANDARD', quantity: 1, unitPrice: total }],
    total,
    payment: { method: 'pm_card_visa' },
    channel: 'web',
  },
};
const placed: OrderEvent = { type: 'OrderPlaced', data: { customerId: 'ada' } };
const reserved: OrderEvent = { type: 'StockReserved', data: {} };
const captured: OrderEvent = { type: 'PaymentCaptured', data: { paymentId: 'pi_1', amount: total } };
const completed: OrderEvent = { type: 'OrderCompleted', data: {} };

function given(...events: OrderEvent[]) {
  const ports = memoryOrders();
  for (const event of events) addEvent(ports, orderId, event);
  return { ports, types: () => ports.streams.get(orderId)?.events.map(({ type }) => type) };
}

test('a step that is repeated is stored once', async () => {
  const { ports, types } = given(created);
  const decide = () => [{ event: reserved, step: 'reserve-stock' }];
  await appendEvents(ports, orderId, decide);
  await appendEvents(ports, orderId, decide);
  expect(types()).toEqual(['OrderCreated', 'StockReserved']);
});

test('a writer that comes second decides again on what the first one stored', async () => {
  const { ports, types } = given(created);
  ports.interfere = () => addEvent(ports, orderId, { type: 'CancelRequested', data: {} });
  await appendEvents(ports, orderId, (order) =>
    order.cancelRequested ? [] : [{ event: completed, step: 'complete-order' }],
  );
  expect(types()).toEqual(['OrderCreated', 'CancelRequested']);
});

test('an order that was read before is read again only where another writer was quicker', async () => {
  const { ports, types } = given(created);
  const history = await readHistory(ports.orders, orderId);
  const load = ports.orders.load.bind(ports.orders);
  let loads = 0;
  ports.orders.load = (id) => {
    loads += 1;
    return load(id);
  };
  await appendEventsTo(ports, history, () => [{ event: reserved, step: 'reserve-stock' }]);
  expect(loads).toBe(0);
  const stale = () => [{ event: reserved, step: 'reserve-stock' }];
  await appendEventsTo(ports, history, stale);
  expect(loads).toBe(1);
  expect(types()).toEqual(['OrderCreated', 'StockReserved']);
});

test('nothing is left and nothing told where there is nothing to store', async () => {
  const { ports } = given(created);
  await appendEvents(ports, orderId, () => []);
  expect(ports.calls).toEqual([]);
});

test('an order that does not exist is not found', async () => {
  await expect(appendEvents(memoryOrders(), orderId, () => [])).rejects.toMatchObject({ code: 'order-not-found' });
});

test('a cancellation is asked for once', async () => {
  const { ports, types } = given(created, placed, reserved);
  await cancelOrder(ports, orderId);
  await cancelOrder(ports, orderId);
  expect(types()).toEqual(['OrderCreated', 'OrderPlaced', 'StockReserved', 'CancelRequested']);
});

test('an order that is completed can no longer be cancelled', async () => {
  const { ports } = given(created, reserved, captured, completed);
  await expect(cancelOrder(ports, orderId)).rejects.toMatchObject({ code: 'too-late-to-cancel', kind: 'conflict' });
});

test('a cancellation that races the completion loses', async () => {
  const { ports, types } = given(created, reserved);
  ports.interfere = () => {
    addEvent(ports, orderId, captured);
    addEvent(ports, orderId, completed);
  };
  await expect(cancelOrder(ports, orderId)).rejects.toMatchObject({ code: 'too-late-to-cancel' });
  expect(types()).not.toContain('CancelRequested');
});

const claim: OrderClaim = { operation: 'cancel', caller: 'ada', key: 'k-1', requestHash: 'h-1' };

test('a repeat with the same key is answered as the first one was, though the order has moved on', async () => {
  const { ports, types } = given(created, placed);
  const first = await cancelOrder(ports, orderId, claim);
  addEvent(ports, orderId, reserved);
  expect(await cancelOrder(ports, orderId, claim)).toEqual(first);
  expect(types()).toEqual(['OrderCreated', 'OrderPlaced', 'CancelRequested', 'StockReserved']);
});

test('a request that changes nothing is answered the same later, too', async () => {
  const { ports } = given(created, placed);
  await cancelOrder(ports, orderId);
  const first = await cancelOrder(ports, orderId, claim);
  addEvent(ports, orderId, { type: 'OrderCancelled', data: { reason: 'cancelled-by-customer', payment: 'voided' } });
  expect((await cancelOrder(ports, orderId, claim)).status).toBe(first.status);
});

test('a key that comes back with another body is refused, that of another operation or caller is another key', async () => {
  const { ports } = given(created, placed);
  const decide = () => [];
  await appendEvents(ports, orderId, decide, claim);
  await expect(appendEvents(ports, orderId, decide, { ...claim, requestHash: 'h-2' })).rejects.toMatchObject({
    code: 'idempotency-key-reused',
  });
  await appendEvents(ports, orderId, decide, { ...claim, requestHash: 'h-2', operation: 'submit' });
  await appendEvents(ports, orderId, decide, { ...claim, requestHash: 'h-2', caller: 'bob' });
});

test('one hint is left for a change, however often it is decided anew', async () => {
  const { ports } = given(created);
  ports.interfere = () => addEvent(ports, orderId, { type: 'CancelRequested', data: {} });
  await appendEvents(ports, orderId, () => [{ event: reserved, step: 'reserve-stock' }]);
  expect(ports.calls).toEqual(['hint', 'append', 'publish']);
});
