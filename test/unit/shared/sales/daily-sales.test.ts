import { expect, test } from 'vitest';
import { daysBetween, mostDays, salesLines, type SoldOrder } from '../../../../shared/sales/daily-sales.ts';

const euros = (amountMinor: number) => ({ amountMinor, currency: 'EUR' as const });
const order = (changes: Partial<SoldOrder>): SoldOrder => ({
  orderId: 'o',
  version: 7,
  items: [
    { sku: 'A', quantity: 2, unitPrice: euros(100) },
    { sku: 'B', quantity: 1, unitPrice: euros(30) },
    { sku: 'A', quantity: 3, unitPrice: euros(90) },
  ],
  ...changes,
});
const shown = (lines: ReturnType<typeof salesLines>) =>
  lines.map(({ day, sku, units, revenueMinor }) => [day, sku, units, revenueMinor]);

test('an order counts on the UTC day it was paid, one line a product', () => {
  expect(shown(salesLines(order({ paidAt: '2026-01-31T23:59:59.999Z' })))).toEqual([
    ['2026-01-31', 'A', 5, 470],
    ['2026-01-31', 'B', 1, 30],
  ]);
});

test('what is not paid does not count', () => {
  expect(salesLines(order({}))).toEqual([]);
});

test('what goes back is taken off on the day it goes back', () => {
  const paid = { paidAt: '2026-01-31T10:00:00.000Z' };
  expect(shown(salesLines(order({ ...paid, refundedAt: '2026-02-01T00:00:00.000Z' })))).toEqual([
    ['2026-01-31', 'A', 5, 470],
    ['2026-02-01', 'A', -5, -470],
    ['2026-01-31', 'B', 1, 30],
    ['2026-02-01', 'B', -1, -30],
  ]);
  expect(shown(salesLines(order({ ...paid, refundedAt: '2026-01-31T11:00:00.000Z' })))).toEqual([
    ['2026-01-31', 'A', 0, 0],
    ['2026-01-31', 'B', 0, 0],
  ]);
});

test('days go from the first to before the last, and no further than one day too many', () => {
  expect(daysBetween('2026-02-27', '2026-03-02')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
  expect(daysBetween('2026-03-02', '2026-03-02')).toEqual([]);
  expect(daysBetween('0001-01-01', '9999-01-01')).toHaveLength(mostDays + 1);
});
