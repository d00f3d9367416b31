import { expect, test } from 'vitest';
import type { OrderEvent, StoredOrderEvent } from '../../../../shared/orders/events.ts';
import { foldOrder } from '../../../../shared/orders/order.ts';

const amount = { amountMinor: 950, currency: 'EUR' } as const;
const created: OrderEvent = {
  type: 'OrderCreated',
  data: {
    customerId: 'ada',
    contactId: 'c-1',
    items: [{ sku: 'PIZZA-MARGHERITA', quantity: 1, unitPrice: amount }],
    total: amount,
    payment: { method: 'pm_card_visa' },
    channel: 'web',
  },
};

const stored = (events: readonly OrderEvent[]): StoredOrderEvent[] =>
  events.map((event, index) => ({
    ...event,
    version: index + 1,
    eventId: `e-${index}`,
    at: `2026-01-01T00:00:0${index}.000Z`,
  }));

const orderAfter = (...events: OrderEvent[]) => foldOrder('o-1', stored([created, ...events]));

const reserved: OrderEvent = { type: 'StockReserved', data: {} };
const authorised: OrderEvent = { type: 'PaymentAuthorised', data: { paymentId: 'pi_1', amount } };
const arranged: OrderEvent = { type: 'ShipmentArranged', data: { shipmentId: 's-1', trackingId: 't-1' } };
const captured: OrderEvent = { type: 'PaymentCaptured', data: { paymentId: 'pi_1', amount } };

test('an order without events does not exist', () => {
  expect(foldOrder('o-1', [])).toBeUndefined();
});

test('the whole way leads to a completed order that is paid for and on its way', () => {
  expect(orderAfter(reserved, authorised, arranged, captured, { type: 'OrderCompleted', data: {} })).toMatchObject({
    status: 'completed',
    payment: { status: 'captured', paymentId: 'pi_1' },
    shipment: { status: 'arranged', trackingId: 't-1' },
    version: 6,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:05.000Z',
  });
});

test('reserved stock shows as processing', () => {
  expect(orderAfter(reserved)?.status).toBe('processing');
});

test('a declined order is cancelled, its payment declined', () => {
  const declined: OrderEvent = { type: 'PaymentDeclined', data: { reason: 'generic_decline' } };
  const cancelled: OrderEvent = {
    type: 'OrderCancelled',
    data: { reason: 'payment-declined', payment: 'nothing-charged' },
  };
  expect(orderAfter(reserved, declined, cancelled)).toMatchObject({
    status: 'cancelled',
    reason: 'payment-declined',
    payment: { status: 'declined' },
    shipment: { status: 'pending' },
  });
});

test('a cancellation after the capture shows the refund and the shipment called off', () => {
  const cancelled: OrderEvent = {
    type: 'OrderCancelled',
    data: { reason: 'cancelled-by-customer', payment: 'refunded' },
  };
  const asked: OrderEvent = { type: 'CancelRequested', data: {} };
  expect(orderAfter(reserved, authorised, arranged, asked, captured, cancelled)).toMatchObject({
    status: 'cancelled',
    payment: { status: 'refunded' },
    shipment: { status: 'cancelled', trackingId: 't-1' },
  });
});

test('a stream that does not begin with its creation is refused by name', () => {
  expect(() => foldOrder('o-1', stored([reserved]))).toThrow(
    'Order o-1 begins with StockReserved instead of OrderCreated',
  );
});

test('a gap is never folded over: the event that is missing is named', () => {
  const [first, , third] = stored([created, reserved, authorised]);
  expect(() =>
    foldOrder(
      'o-1',
      [first, third].filter((event) => event !== undefined),
    ),
  ).toThrow(expect.objectContaining({ code: 'broken-invariant', message: 'Order o-1 misses event 2: 3 comes next' }));
});

test('an event that comes twice is no next one', () => {
  const [first] = stored([created]);
  expect(() =>
    foldOrder(
      'o-1',
      [first, first].filter((event) => event !== undefined),
    ),
  ).toThrow('misses event 2');
});
