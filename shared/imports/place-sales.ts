// The sales of a file as orders, page by page. The receipt is each order's key: whatever runs twice places once.
import { toAppError } from '../kernel/errors.ts';
import { forEachAtOnce } from '../kernel/for-each-at-once.ts';
import { type Rejection, rejection, type Rejections, rejectionsOf, type Sale } from './sales-file.ts';

/** What came of lines so far. */
export interface Tally {
  readonly placed: number;
  readonly rejected: Rejections;
}

const atOnce = 8;

/**
 * Places every sale; one that cannot be placed is rejected, and the others go on.
 * @throws AppError what may pass: the page is placed again then
 */
export async function placeSales<Request>(
  sales: readonly Sale<Request>[],
  place: (sale: Sale<Request>) => Promise<unknown>,
): Promise<Tally> {
  const rejected: Rejection[] = [];
  await forEachAtOnce(sales, atOnce, async (sale) => {
    try {
      await place(sale);
    } catch (thrown) {
      if (toAppError(thrown).kind === 'transient') throw thrown;
      rejected.push(rejection(sale.line, sale.receipt, thrown));
    }
  });
  return { placed: sales.length - rejected.length, rejected: rejectionsOf(rejected) };
}
