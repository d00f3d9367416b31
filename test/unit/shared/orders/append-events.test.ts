import { expect, test } from 'vitest';
import { appendEvents } from '../../../../shared/orders/append-events.ts';
import { cancelOrder } from '../../../../shared/orders/cancel-order.ts';
import type { OrderEvent } from '../../../../shared/orders/events.ts';
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
  },
};
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

test('nothing is left and nothing told where there is nothing to store', async () => {
  const { ports } = given(created);
  await appendEvents(ports, orderId, () => []);
  expect(ports.calls).toEqual([]);
});

test('an order that does not exist is not found', async () => {
  await expect(appendEvents(memoryOrders(), orderId, () => [])).rejects.toMatchObject({ code: 'order-not-found' });
});

test('a cancellation is asked for once', async () => {
  const { ports, types } = given(created, reserved);
  await cancelOrder(ports, orderId);
  await cancelOrder(ports, orderId);
  expect(types()).toEqual(['OrderCreated', 'StockReserved', 'CancelRequested']);
});

test.each([[captured], [captured, completed]])(
  'an order that is paid for can no longer be cancelled',
  async (...events) => {
    const { ports } = given(created, reserved, ...events);
    await expect(cancelOrder(ports, orderId)).rejects.toMatchObject({ code: 'too-late-to-cancel', kind: 'conflict' });
  },
);

test('a cancellation that races the completion loses', async () => {
  const { ports, types } = given(created, reserved);
  ports.interfere = () => {
    addEvent(ports, orderId, captured);
    addEvent(ports, orderId, completed);
  };
  await expect(cancelOrder(ports, orderId)).rejects.toMatchObject({ code: 'too-late-to-cancel' });
  expect(types()).not.toContain('CancelRequested');
});
