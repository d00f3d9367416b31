// Fault 9: what came in a wrong order, twice or not at all.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderEvents } from '../../../../shared/contracts/order-events.ts';
import { parseCloudEvent } from '../../../../shared/kernel/cloud-event.ts';
import type { StoredOrderEvent } from '../../../../shared/orders/events.ts';
import { foldOrder } from '../../../../shared/orders/order.ts';
import { messagesOf } from '../../../../shared/orders/order-messages.ts';
import { collectOrder, toStoredEvent } from '../../../../shared/orders/order-stream.ts';

const orderId = '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01';
const money = { amountMinor: 950, currency: 'EUR' } as const;
const facts = [
  [
    'OrderCreated',
    {
      customerId: 'ada',
      contactId: 'c',
      items: [{ sku: 'S', quantity: 1, unitPrice: money }],
      total: money,
      payment: { method: 'pm' },
      channel: 'web',
    },
  ],
  ['OrderPlaced', { customerId: 'ada' }],
  ['StockReserved', {}],
  ['PaymentAuthorised', { paymentId: 'p', amount: money }],
  ['ShipmentArranged', { shipmentId: 's', trackingId: 't' }],
  ['PaymentCaptured', { paymentId: 'p', amount: money }],
  ['OrderCompleted', {}],
] as const;
const events = facts.map(([type, data], index) => ({
  type,
  data,
  version: index + 1,
  eventId: `e-${index + 1}`,
  at: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
})) as StoredOrderEvent[];

test('fault 9: events in any order and any number of times make the order that they make in order', () => {
  const order = foldOrder(orderId, events);
  const deliveries = fc
    .array(fc.nat(events.length - 1))
    .chain((more) => fc.shuffledSubarray([...events.keys(), ...more], { minLength: events.length + more.length }));
  fc.assert(
    fc.property(deliveries, (indexes) => {
      const collected = collectOrder(
        orderId,
        indexes.flatMap((index) => events[index] ?? []),
      );
      expect(collected).toEqual({ events, repeats: indexes.length - events.length, gaps: [], order });
    }),
  );
});

test('fault 9: gaps are found and never folded over', () => {
  fc.assert(
    fc.property(fc.subarray(events, { minLength: 1 }), (came) => {
      const { gaps, order } = collectOrder(orderId, came);
      const missing = gaps.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n));
      const last = came.at(-1)?.version ?? 0;
      const expected = events
        .map(({ version }) => version)
        .filter((n) => n < last && !came.some((e) => e.version === n));
      expect(missing).toEqual(expected);
      expect(order === undefined).toBe(missing.length > 0);
    }),
  );
});

test('an event comes out of its message as it was stored', () => {
  const contracts = Object.values(orderEvents);
  const told = messagesOf(orderId, undefined, events).filter(({ transport }) => transport === 'event-hubs');
  expect(told.map(({ body }) => toStoredEvent(parseCloudEvent(Buffer.from(body), contracts)))).toEqual(events);
});
