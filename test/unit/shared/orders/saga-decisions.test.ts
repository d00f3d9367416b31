import { describe, expect, test } from 'vitest';
import type { OrderEvent, StoredOrderEvent } from '../../../../shared/orders/events.ts';
import { foldOrder, type Order } from '../../../../shared/orders/order.ts';
import {
  decideCancelled,
  decideNeedsAttention,
  decideResolved,
  decideStepFailed,
  refusalOf,
} from '../../../../shared/orders/saga-decisions.ts';

const amount = { amountMinor: 4900, currency: 'EUR' } as const;
const created: OrderEvent = {
  type: 'OrderCreated',
  data: {
    customerId: 'ada',
    contactId: 'c-1',
    items: [{ sku: 'TICKET-STANDARD', quantity: 1, unitPrice: amount }],
    total: amount,
    payment: { method: 'pm_card_visa' },
    channel: 'web',
  },
};
const placed: OrderEvent = { type: 'OrderPlaced', data: { customerId: 'ada' } };
const asked: OrderEvent = { type: 'CancelRequested', data: {} };
const completed: OrderEvent = { type: 'OrderCompleted', data: {} };
const captured: OrderEvent = { type: 'PaymentCaptured', data: { paymentId: 'pi_1', amount } };
const gaveUp: OrderEvent = { type: 'StepFailed', data: { step: 'arrange-shipment', detail: 'no such country' } };
const cancelled: OrderEvent = { type: 'OrderCancelled', data: { reason: 'saga-failed', payment: 'voided' } };

const failed = (step: string): OrderEvent => ({
  type: 'CompensationFailed',
  data: { step, detail: 'refused', reason: 'cancelled-by-customer', payment: 'refunded' },
});

function orderAfter(...events: readonly OrderEvent[]): Order {
  const stored = [created, placed, ...events].map(
    (event, index): StoredOrderEvent => ({
      ...event,
      version: index + 1,
      eventId: `e-${index}`,
      at: '2026-01-01T00:00:00.000Z',
    }),
  );
  const order = foldOrder('o-1', stored);
  if (order === undefined) throw new Error('no order');
  return order;
}

const types = (decided: readonly { readonly event: OrderEvent }[]): string[] => decided.map(({ event }) => event.type);

describe('a step', () => {
  test.each<[string, readonly OrderEvent[], string | undefined]>([
    ['of an order under way is taken', [], undefined],
    ['of one that was completed is let through, for it changes nothing', [captured, completed], undefined],
    ['is refused once the customer has cancelled', [captured, asked], 'cancelled-by-customer'],
    ['that comes late is refused once a step was given up', [gaveUp], 'saga-failed'],
    ['that comes late is refused once the order is cancelled', [cancelled], 'saga-failed'],
    ['that comes late is refused once the order waits for a person', [failed('release-stock')], 'saga-failed'],
  ])('%s', (_what, events, reason) => {
    const refusal = refusalOf(orderAfter(...events));
    expect(refusal?.outcome === 'stopped' ? refusal.reason : undefined).toBe(reason);
  });
});

test('neither failure nor cancellation follows the completion', () => {
  const order = orderAfter(captured, completed);
  expect(decideStepFailed(order, 'complete-order', 'out of time')).toEqual([]);
  expect(decideCancelled(order, 'saga-failed', 'refunded')).toEqual([]);
  expect(decideNeedsAttention(order, [{ step: 'release-stock', detail: 'x' }], {})).toEqual([]);
});

test('a long reason is cut', () => {
  const [decided] = decideStepFailed(orderAfter(), 'arrange-shipment', 'x'.repeat(5_000));
  expect(decided?.event).toEqual({ type: 'StepFailed', data: { step: 'arrange-shipment', detail: 'x'.repeat(1_000) } });
});

describe('an undo that a person saw to', () => {
  test('leaves the order waiting while another one is open', () => {
    const order = orderAfter(failed('cancel-shipment'), failed('release-stock'));
    expect(types(decideResolved(order, { step: 'release-stock', how: 'retried' }))).toEqual(['CompensationResolved']);
  });

  test('cancels the order when it was the last, for the reason and with the money of then', () => {
    const order = orderAfter(failed('cancel-shipment'));
    expect(decideResolved(order, { step: 'cancel-shipment', how: 'skipped' }).map(({ event }) => event)).toEqual([
      { type: 'CompensationResolved', data: { step: 'cancel-shipment', how: 'skipped' } },
      { type: 'OrderCancelled', data: { reason: 'cancelled-by-customer', payment: 'refunded' } },
    ]);
  });

  test.each([
    ['retried', 'voided', 'voided'],
    ['resolved', undefined, 'unsettled'],
  ] as const)('of the payment, %s: what became of the money is told at the end', (how, payment, told) => {
    const resolution = { step: 'reverse-payment', how, ...(payment === undefined ? {} : { payment }) };
    const order = orderAfter(captured, failed('reverse-payment'), failed('cancel-shipment'));
    const [resolved] = decideResolved(order, resolution);
    const after = orderAfter(
      captured,
      failed('reverse-payment'),
      failed('cancel-shipment'),
      ...(resolved ? [resolved.event] : []),
    );
    const end = decideResolved(after, { step: 'cancel-shipment', how: 'retried' }).at(-1);
    expect(end?.event.data).toEqual({ reason: 'cancelled-by-customer', payment: told });
  });

  test('is seen to once', () => {
    const order = orderAfter(failed('cancel-shipment'), {
      type: 'CompensationResolved',
      data: { step: 'cancel-shipment', how: 'skipped' },
    });
    expect(decideResolved(order, { step: 'cancel-shipment', how: 'retried' })).toEqual([]);
  });
});

test('a payment that a person settles stands in the order as it was', () => {
  const order = orderAfter(captured, failed('reverse-payment'), {
    type: 'OrderCancelled',
    data: { reason: 'saga-failed', payment: 'unsettled' },
  });
  expect([order.status, order.payment.status]).toEqual(['cancelled', 'captured']);
});
