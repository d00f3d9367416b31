import { expect, test } from 'vitest';
import { placeSales } from '../../../../shared/imports/place-sales.ts';
import { addTally, nothingPlaced, pagesOf } from '../../../../shared/imports/sales-import.ts';
import { AppError } from '../../../../shared/kernel/errors.ts';

const sales = Array.from({ length: 20 }, (_, line) => ({ line, receipt: `R-${line}`, request: line }));

test('every sale is placed', async () => {
  const placed: number[] = [];
  expect(await placeSales(sales, async ({ request }) => placed.push(request))).toEqual({
    placed: 20,
    rejected: { count: 0, listed: [] },
  });
  expect(placed.toSorted((a, b) => a - b)).toEqual(sales.map(({ line }) => line));
});

test('a sale that cannot be placed is rejected with its reason, the others go on', async () => {
  const errors = [{ pointer: '/items/0/sku', code: 'unknown-sku', detail: 'there is no product X' }];
  const tally = await placeSales(sales, async ({ line }) => {
    if (line === 3) throw new AppError('unknown-sku', 'no', { errors });
    if (line === 4) throw new AppError('idempotency-key-reused', 'another body');
    if (line === 5) throw new TypeError('a bug');
  });
  expect(tally).toMatchObject({
    placed: 17,
    rejected: {
      count: 3,
      listed: [
        {
          line: 3,
          receipt: 'R-3',
          pointer: '/sales/3/items/0/sku',
          code: 'unknown-sku',
          detail: 'there is no product X',
        },
        { line: 4, pointer: '/sales/4', code: 'idempotency-key-reused' },
        { line: 5, pointer: '/sales/5', code: 'internal-error' },
      ],
    },
  });
});

test('what may pass is thrown, so that the page is placed again', async () => {
  const down = new AppError('storage-unavailable', 'down');
  await expect(
    placeSales(sales, async ({ line }) => {
      if (line === 7) throw down;
    }),
  ).rejects.toBe(down);
});

test('the pages are the whole file, each sale in one', () => {
  const input = { importId: 'i', tillId: 't', fileId: 'f', sales: 501, pageSize: 250 };
  expect(pagesOf(input).map(({ from }) => from)).toEqual([0, 250, 500]);
  expect(pagesOf({ ...input, sales: 0 })).toEqual([]);
});

test('tallies of pages add up', () => {
  const one = {
    placed: 2,
    rejected: { count: 1, listed: [{ line: 4, receipt: '', pointer: '', code: '', detail: '' }] },
  };
  const { placed, rejected } = addTally(addTally(nothingPlaced, one), one);
  expect([placed, rejected.count, rejected.listed.length]).toEqual([4, 2, 2]);
});
