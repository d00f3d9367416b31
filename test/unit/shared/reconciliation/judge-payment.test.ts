import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgePayment, type OrderFacts, type PaymentFacts } from '../../../../shared/reconciliation/judge-payment.ts';

const total = { amountMinor: 100, currency: 'EUR' } as const;
const orderIs = (status: string, payment: OrderFacts['payment'] = { status: 'pending' }): OrderFacts => ({
  orderId: 'o-1',
  status,
  total,
  payment,
});
const payment = (over: Partial<PaymentFacts> = {}): PaymentFacts => ({
  paymentId: 'pi_1',
  orderId: 'o-1',
  status: 'captured',
  amountMinor: 100,
  capturedMinor: 100,
  refundedMinor: 0,
  currency: 'EUR',
  ...over,
});
const held = payment({ status: 'held', capturedMinor: 0 });
const voided = payment({ status: 'cancelled', capturedMinor: 0 });
const refunded = payment({ refundedMinor: 100 });
const own = { status: 'captured', paymentId: 'pi_1' };

describe('a payment agrees', () => {
  test.each<[string, OrderFacts | undefined, PaymentFacts]>([
    ['with the completed order it paid', orderIs('completed', own), payment()],
    ['with an order that goes on', orderIs('processing'), held],
    ['with a draft', orderIs('draft'), held],
    ['with an order that waits for a person', orderIs('needs-attention'), payment()],
    [
      'with a cancelled order whose money a person decided about',
      { ...orderIs('cancelled', own), reversal: 'unsettled' },
      payment(),
    ],
    [
      'with a cancelled order that knows it went back',
      orderIs('cancelled', { status: 'voided', paymentId: 'pi_1' }),
      voided,
    ],
    ['with a cancelled order whose undo found it by its key', orderIs('cancelled', { status: 'voided' }), voided],
    ['with any order where nothing was held', orderIs('cancelled'), payment({ status: 'declined', capturedMinor: 0 })],
    ['with no order where it went back', undefined, refunded],
    [
      'with a completed order it is not of, where it went back',
      orderIs('completed', { status: 'captured', paymentId: 'pi_2' }),
      refunded,
    ],
  ])('%s', (_what, order, one) => {
    expect(judgePayment(order, one)).toEqual({ kind: 'agree' });
  });
});

describe('money of a cancelled order', () => {
  test('that came besides the one a person decided about goes back', () => {
    const decided = { ...orderIs('cancelled', { status: 'captured', paymentId: 'pi_0' }), reversal: 'unsettled' };
    expect(judgePayment(decided, payment())).toEqual({ kind: 'give-back' });
  });

  test.each([
    ['held', held],
    ['taken', payment()],
    ['taken and given back in part', payment({ refundedMinor: 40 })],
  ])('that is %s goes back', (_what, one) => {
    expect(judgePayment(orderIs('cancelled', own), one)).toEqual({ kind: 'give-back' });
  });

  test.each([
    ['voided', voided],
    ['refunded', refunded],
  ] as const)('that was %s without the order knowing is recorded', (outcome, one) => {
    expect(judgePayment(orderIs('cancelled'), one)).toEqual({ kind: 'record', outcome });
    expect(judgePayment(orderIs('cancelled', { status: 'voided', paymentId: 'pi_0' }), one).kind).toBe('record');
  });
});

describe('a person decides', () => {
  test.each<[string, string, OrderFacts | undefined, PaymentFacts]>([
    ['payment-of-no-order', 'of money of no order', undefined, payment()],
    [
      'second-payment',
      'of a second payment',
      orderIs('completed', { status: 'captured', paymentId: 'pi_2' }),
      payment(),
    ],
    ['completed-not-captured', 'of a completed order that is not paid', orderIs('completed', own), held],
    ['completed-other-amount', 'of too little', orderIs('completed', own), payment({ capturedMinor: 90 })],
    ['completed-other-amount', 'of what went back', orderIs('completed', own), refunded],
    ['completed-other-amount', 'of another currency', orderIs('completed', own), payment({ currency: 'USD' })],
    [
      'cancelled-other-currency',
      'of money in a currency the order is not in',
      orderIs('cancelled'),
      payment({ currency: 'USD' }),
    ],
  ])('%s: %s', (difference, _what, order, one) => {
    expect(judgePayment(order, one)).toMatchObject({ kind: 'task', difference });
  });
});

test('whatever order and payment say, money that is not the price of goods goes back or before a person', () => {
  expect.hasAssertions();
  const status = fc.constantFrom('draft', 'accepted', 'processing', 'completed', 'cancelled', 'needs-attention');
  const known = fc.record({
    status: fc.constantFrom('pending', 'authorised', 'declined', 'captured', 'voided', 'refunded'),
    paymentId: fc.constantFrom('pi_1', 'pi_2'),
  });
  const amount = fc.integer({ min: 0, max: 100 });
  const ledger = fc
    .record({ status: fc.constantFrom('held', 'captured'), captured: amount, refunded: amount })
    .map(({ status: is, captured, refunded: back }) =>
      is === 'held' ? held : payment({ capturedMinor: captured, refundedMinor: Math.min(captured, back) }),
    );
  fc.assert(
    fc.property(fc.option(fc.tuple(status, known), { nil: undefined }), ledger, (order, one) => {
      const facts = order && orderIs(order[0], order[1]);
      const verdict = judgePayment(facts, one);
      const left = one.status === 'held' ? 100 : one.capturedMinor - one.refundedMinor;
      const isUnderWay = ['draft', 'accepted', 'processing', 'needs-attention'].includes(facts?.status ?? '');
      const isPrice =
        facts?.status === 'completed' &&
        facts.payment.paymentId === 'pi_1' &&
        one.status === 'captured' &&
        left === 100;
      const isSeenTo = verdict.kind === 'give-back' || verdict.kind === 'task';
      const isFine = isUnderWay || isPrice || left === 0;
      expect(isSeenTo || isFine).toBe(true);
      expect(isSeenTo && (isUnderWay || isPrice)).toBe(false);
    }),
  );
});
