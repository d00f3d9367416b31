import { expect, test } from 'vitest';
import { cancelReasonSchema } from '../../../../shared/contracts/order-events.ts';
import { lateRefund } from '../../../../shared/mail/late-refund.ts';
import { orderCancellation } from '../../../../shared/mail/order-cancellation.ts';
import { orderConfirmation } from '../../../../shared/mail/order-confirmation.ts';

const unitPrice = { amountMinor: 4900, currency: 'EUR' } as const;
const order = {
  orderId: 'o-1',
  items: [{ sku: 'TICKET', quantity: 2, unitPrice }],
  total: { amountMinor: 9800, currency: 'EUR' },
  version: 7,
} as const;
const ada = { name: 'Ada', email: 'ada@example.com' };
const cancelled = { ...order, reason: 'out-of-stock', payment: 'refunded' } as const;

test('the confirmation names the order, its items and the total', () => {
  const mail = orderConfirmation(order, ada);
  expect(mail).toMatchObject({
    to: 'ada@example.com',
    subject: 'Your order o-1 is confirmed',
    headers: { 'x-order-id': 'o-1' },
  });
  expect(mail.text).toMatch(/2 × TICKET {2}98\.00 EUR\nTotal {7}98\.00 EUR\n\nOrder: o-1/);
});

test.each(cancelReasonSchema.options)('an order cancelled for %s has a text of its own', (reason) => {
  const { text } = orderCancellation({ ...cancelled, reason }, ada);
  const others = cancelReasonSchema.options
    .filter((other) => other !== reason)
    .map((other) => orderCancellation({ ...cancelled, reason: other }, ada).text);
  expect(others).not.toContain(text);
  expect(text).not.toContain(reason);
  expect(text).not.toContain('undefined');
});

test.each([
  ['nothing-charged', /not been charged anything/],
  ['voided', /98\.00 EUR was only held, and we have released it.*up to 7 days/],
  ['refunded', /refunded 98\.00 EUR.*5 to 10 working days/],
  ['unsettled', /still settling your payment of 98\.00 EUR/],
] as const)('the mail about a cancellation says what became of the money: %s', (payment, words) => {
  expect(orderCancellation({ ...cancelled, payment }, ada).text).toMatch(words);
});

test.each([
  ['voided', /1\.00 EUR was only held/],
  ['refunded', /refunded 1\.00 EUR/],
] as const)('the mail about a late payment that was %s tells its amount', (outcome, words) => {
  const amount = { amountMinor: 100, currency: 'EUR' } as const;
  const mail = lateRefund({ orderId: 'o-1', outcome, amount, version: 9 }, ada);
  expect(mail.text).toMatch(words);
  expect(mail.headers).toEqual({ 'x-order-id': 'o-1' });
});

test('a mail has one operation id by kind, order and event, whenever it is made', () => {
  const refund = { orderId: 'o-1', outcome: 'refunded', amount: unitPrice } as const;
  const ids = [
    orderConfirmation(order, ada),
    orderConfirmation({ ...order, orderId: 'o-2' }, ada),
    orderCancellation(cancelled, ada),
    lateRefund({ ...refund, version: 7 }, ada),
    lateRefund({ ...refund, version: 8 }, ada),
  ].map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(orderConfirmation(order, { ...ada, name: 'Ada L.' }).operationId).toBe(ids[0]);
});
