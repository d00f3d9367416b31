import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkSales, mostListed, rejectionsOf } from '../../../../shared/imports/sales-file.ts';
import { parseWith } from '../../../../shared/kernel/schema.ts';
import { placeOrderSchema } from '../../../../shared/orders/place-order.ts';
import { validOrder } from '../../../support/order-requests.ts';

const saleSchema = placeOrderSchema.omit({ draft: true });

const check = (...sales: unknown[]) =>
  checkSales({ currency: 'EUR', sales }, (sale) => parseWith(saleSchema, sale, 'invalid-request', 'The sale'));

const sale = (receipt: unknown, changes: object = {}): object => {
  const { currency: _, ...order } = validOrder();
  return { receipt, ...order, ...changes };
};

test('a good line is a request in the currency of the file', () => {
  expect(check(sale('R-1'))).toEqual({
    sales: [{ line: 0, receipt: 'R-1', request: validOrder() }],
    repeated: 0,
    rejected: { count: 0, listed: [] },
  });
});

describe('a bad line is rejected where it is bad, and the others go on', () => {
  test.each([
    ['nothing', null, ''],
    ['an array', [], ''],
    ['a text', 'R-2', ''],
    ['no receipt', sale(undefined), '/receipt'],
    ['an empty receipt', sale(''), '/receipt'],
    ['a receipt with a line break', sale('R\n2'), '/receipt'],
    ['a receipt of 65 characters', sale('R'.repeat(65)), '/receipt'],
    ['another currency', sale('R-2', { currency: 'USD' }), '/currency'],
    ['no items', sale('R-2', { items: [] }), '/items'],
    ['quantity 0', sale('R-2', { items: [{ sku: 'MUG-MILLRACE', quantity: 0 }] }), '/items/0/quantity'],
    ['no address', sale('R-2', { shipTo: undefined }), '/shipTo'],
    ['no mail address', sale('R-2', { email: 'ada' }), '/email'],
    ['a draft', sale('R-2', { draft: true }), ''],
    ['an unknown field', sale('R-2', { discount: 10 }), ''],
  ])('%s', (_what, bad, pointer) => {
    const { sales, rejected } = check(sale('R-1'), bad, sale('R-3'));
    expect(sales.map(({ receipt }) => receipt)).toEqual(['R-1', 'R-3']);
    expect(rejected).toMatchObject({
      count: 1,
      listed: [{ line: 1, code: 'invalid-request', pointer: `/sales/1${pointer}`, detail: expect.any(String) }],
    });
  });
});

test('a receipt said twice is one sale', () => {
  expect(check(sale('R-1'), sale('R-1'), sale('R-1'))).toMatchObject({
    sales: [{ line: 0, receipt: 'R-1' }],
    repeated: 2,
    rejected: { count: 0 },
  });
});

test('a receipt said otherwise is rejected, the first line stands', () => {
  const { sales, rejected } = check(sale('R-1'), sale('R-1', { customerId: 'grace' }));
  expect(sales).toMatchObject([{ line: 0, request: { customerId: 'ada' } }]);
  expect(rejected.listed).toMatchObject([{ line: 1, receipt: 'R-1', pointer: '/sales/1/receipt' }]);
});

test('what a rejection quotes is bounded', () => {
  const [listed] = check(sale('R-1', { [`x${'y'.repeat(10_000)}`]: 1 })).rejected.listed;
  expect(listed?.detail.length).toBeLessThanOrEqual(300);
});

test('every line is a sale, repeated or rejected; all rejections are counted, the first are listed in order', () => {
  const line = fc.oneof(
    fc.integer({ min: 0, max: 30 }).map((n) => sale(`R-${n}`)),
    fc.integer({ min: 0, max: 30 }).map((n) => sale(`R-${n}`, { customerId: `c-${n % 2}` })),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 300 }), (lines) => {
      const { sales, repeated, rejected } = check(...lines);
      expect(sales.length + repeated + rejected.count).toBe(lines.length);
      expect(new Set(sales.map(({ receipt }) => receipt)).size).toBe(sales.length);
      const numbers = rejected.listed.map(({ line: number }) => number);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(rejected.listed).toHaveLength(Math.min(rejected.count, mostListed));
    }),
    { numRuns: 100 },
  );
});

test('of more rejections than are listed the first are', () => {
  const all = Array.from({ length: 150 }, (_, n) => ({
    line: 149 - n,
    receipt: '',
    pointer: '',
    code: '',
    detail: '',
  }));
  const { count, listed } = rejectionsOf(all);
  expect(count).toBe(150);
  expect(listed.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, n) => n));
});
