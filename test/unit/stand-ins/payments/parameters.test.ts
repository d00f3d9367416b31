import { expect, test } from 'vitest';
import { parseForm } from '../../../../local/stand-ins/payments/form.ts';
import { newIntentWish } from '../../../../local/stand-ins/payments/parameters.ts';
import { parseSearch } from '../../../../local/stand-ins/payments/search.ts';

const good = 'amount=1250&currency=EUR&payment_method=pm_card_visa&capture_method=manual&metadata[orderId]=o1';

test('reads a wish', () => {
  expect(newIntentWish(parseForm(good))).toEqual({
    amountMinor: 1250,
    currency: 'eur',
    captureMethod: 'manual',
    paymentMethod: 'pm_card_visa',
    metadata: { orderId: 'o1' },
    description: undefined,
    receiptEmail: undefined,
  });
});

test.each([
  ['currency=eur', 'parameter_missing', 'amount'],
  ['amount=1', 'parameter_missing', 'currency'],
  ['amount=1.5&currency=eur', 'parameter_invalid_integer', 'amount'],
  ['amount=0&currency=eur', 'parameter_invalid_integer', 'amount'],
  ['amount=-1&currency=eur', 'parameter_invalid_integer', 'amount'],
  ['amount=100000000&currency=eur', 'amount_too_large', 'amount'],
  ['amount=1&currency=euro', 'parameter_invalid_string', 'currency'],
  ['amount=1&currency=eur&payment_method=pm_none', 'resource_missing', 'payment_method'],
  ['amount=1&currency=eur&capture_method=later', undefined, 'capture_method'],
  ['amount=1&currency=eur&amonut=1', 'parameter_unknown', 'amonut'],
])('refuses %s', (form, code, param) => {
  const refusal = newIntentWish(parseForm(form));
  expect(refusal).toMatchObject({ status: 400, param, ...(code && { code }) });
});

test('searches by metadata and status joined by AND', () => {
  const matches = parseSearch(`metadata['orderId']:'o1' AND status:"succeeded"`);
  const intent = { metadata: { orderId: 'o1' }, status: 'succeeded' };
  expect(matches?.(intent as never)).toBe(true);
  expect(matches?.({ ...intent, status: 'canceled' } as never)).toBe(false);
  expect(matches?.({ ...intent, metadata: {} } as never)).toBe(false);
});

test('understands no other search', () => {
  expect(parseSearch("metadata['orderId']:'o1' OR status:'succeeded'")).toBeUndefined();
  expect(parseSearch('amount>100')).toBeUndefined();
});
