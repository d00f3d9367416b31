import { expect, test } from 'vitest';
import { wordsOf } from '../../../web/src/text.ts';

test.each([
  [{}, ''],
  [{ reason: 'payment-declined' }, 'reason payment-declined'],
  [{ total: { amountMinor: 1490, currency: 'EUR' } }, 'total 14.90 EUR'],
  [{ items: [{ sku: 'A', quantity: 2 }, { sku: 'B' }] }, 'items sku A, quantity 2; sku B'],
  [{ note: null }, 'note null'],
])('%j in words is "%s"', (data, words) => {
  expect(wordsOf(data)).toBe(words);
});
