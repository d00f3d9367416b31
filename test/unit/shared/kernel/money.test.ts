import { expect, test } from 'vitest';
import { add, times, toDecimal } from '../../../../shared/kernel/money.ts';

test('amounts are summed and multiplied in minor units', () => {
  const price = { amountMinor: 1990, currency: 'EUR' } as const;
  expect(add(times(price, 3), price)).toEqual({ amountMinor: 7960, currency: 'EUR' });
});

test('two currencies do not add up', () => {
  expect(() => add({ amountMinor: 1, currency: 'EUR' }, { amountMinor: 1, currency: 'USD' })).toThrow(
    'cannot add EUR and USD',
  );
});

test.each([
  [0, '0.00'],
  [5, '0.05'],
  [1250, '12.50'],
  [100_000, '1000.00'],
])('%i minor units read as %s', (amountMinor, text) => {
  expect(toDecimal({ amountMinor, currency: 'EUR' })).toBe(text);
});
