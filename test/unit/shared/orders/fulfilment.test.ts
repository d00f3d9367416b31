import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OrderEvent } from '../../../../shared/orders/events.ts';
import {
  decideDelivered,
  decideDispatch,
  decideReady,
  decideStart,
  kitchenToBegin,
} from '../../../../shared/orders/fulfilment.ts';
import { evolve, foldOrder, type Order } from '../../../../shared/orders/order.ts';

const amount = { amountMinor: 950, currency: 'EUR' } as const;
const paid = { paymentId: 'pi_1', amount };

const untilPaid = (storeId?: string): OrderEvent[] => {
  const item = { sku: 'PIZZA-MARGHERITA', quantity: 1, unitPrice: amount };
  const items = [storeId === undefined ? item : { ...item, storeId }];
  const payment = { method: 'pm_card_visa' };
  return [
    {
      type: 'OrderCreated',
      data: { customerId: 'ada', contactId: 'c', items, total: amount, payment, channel: 'web' },
    },
    { type: 'OrderPlaced', data: { customerId: 'ada' } },
    { type: 'PaymentCaptured', data: paid },
  ];
};
const completed: OrderEvent = { type: 'OrderCompleted', data: {} };
const started: OrderEvent = { type: 'PreparationStarted', data: { storeId: 'kitchen-harbour' } };
const ready: OrderEvent = { type: 'OrderReady', data: {} };
const dispatched: OrderEvent = { type: 'DriverDispatched', data: { driver: 'driver-17' } };
const delivered: OrderEvent = { type: 'OrderDelivered', data: {} };
const cancelled: OrderEvent = { type: 'OrderCancelled', data: { reason: 'saga-failed', payment: 'refunded' } };

function given(events: readonly OrderEvent[]): Order {
  const at = '2026-11-20T10:00:00.000Z';
  const stored = events.map((event, index) => ({ ...event, version: index + 1, eventId: `e-${index}`, at }));
  const order = foldOrder('o-1', stored);
  if (order === undefined) throw new Error('no order');
  return order;
}

const food = (...events: OrderEvent[]) => given([...untilPaid('kitchen-harbour'), ...events]);
const typesOf = (all: readonly { readonly event: OrderEvent }[]) => all.map(({ event }) => event.type);

describe('a kitchen', () => {
  test('begins an order that is completed', () => {
    expect(kitchenToBegin(food(completed))).toBe('kitchen-harbour');
    expect(decideStart(food(completed)).map(({ event }) => event)).toEqual([started]);
  });

  test.each([
    ['is paid but may still be refunded', food()],
    ['was cancelled', food(cancelled)],
    ['was begun before', food(completed, started)],
    ['was delivered', food(completed, started, ready, delivered)],
    ['holds nothing to cook', given([...untilPaid(), completed])],
  ])('does not begin an order that %s', (_why, order) => {
    expect(decideStart(order)).toEqual([]);
  });

  test('is done once', () => {
    expect(typesOf(decideReady(food(completed, started)))).toEqual(['OrderReady']);
    expect(decideReady(food(completed, started, ready))).toEqual([]);
    expect(decideReady(food(completed, started, ready, delivered))).toEqual([]);
  });

  test.each([
    ['it did not begin', food(completed)],
    ['is not completed', food()],
    ['was cancelled while it cooked', food(completed, started, cancelled)],
  ])('is not done with an order that %s', (_why, order) => {
    expect(() => decideReady(order)).toThrow(expect.objectContaining({ code: 'not-preparing' }));
  });
});

describe('a driver', () => {
  test('is dispatched for an order that is ready, once', () => {
    expect(decideDispatch(food(completed, started, ready), 'driver-17').map(({ event }) => event)).toEqual([
      dispatched,
    ]);
    expect(decideDispatch(food(completed, started, ready, dispatched), 'driver-17')).toEqual([]);
  });

  test('who becomes known after the customer has the order is told of no more', () => {
    expect(decideDispatch(food(completed, started, ready, delivered), 'driver-17')).toEqual([]);
  });

  test.each([
    ['dispatched', food(completed, started, ready, dispatched)],
    ['ready, while the carrier is slow to say who comes', food(completed, started, ready)],
  ])('delivers an order that is %s', (_what, order) => {
    expect(typesOf(decideDelivered(order))).toEqual(['OrderDelivered']);
  });

  test('delivers once, and nothing that has not left the kitchen', () => {
    expect(decideDelivered(food(completed, started, ready, dispatched, delivered))).toEqual([]);
    for (const order of [food(completed), food(completed, started), given([...untilPaid(), completed])])
      expect(() => decideDelivered(order)).toThrow(expect.objectContaining({ code: 'not-ready' }));
  });
});

test('whatever is asked in whatever order and however often, an order goes from the kitchen to the door without a step back', () => {
  const commands = [
    decideStart,
    decideReady,
    (order: Order) => decideDispatch(order, 'driver-17'),
    decideDelivered,
  ] as const;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...commands), { maxLength: 20 }), (asked) => {
      const path = ['none', 'preparing', 'ready', 'dispatched', 'delivered'];
      let order = food(completed);
      for (const decide of asked) {
        const before = order;
        for (const { event } of decided(decide, order)) {
          const stored = { ...event, version: order.version + 1, eventId: String(order.version), at: order.updatedAt };
          order = evolve(order.orderId, order, stored);
        }
        expect(path.indexOf(order.fulfilment)).toBeGreaterThanOrEqual(path.indexOf(before.fulfilment));
        expect(decided(decide, order)).toEqual([]);
      }
    }),
  );
});

/** A refusal decides nothing. */
function decided(decide: (order: Order) => ReturnType<typeof decideStart>, order: Order) {
  try {
    return decide(order);
  } catch {
    return [];
  }
}
