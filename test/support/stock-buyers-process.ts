// Buyers of one product, many at the same time, each as patient as a saga: takes the unit, waits while others hold it, then pays or
// is declined. Tells of each who has come to an end. Arguments: the table service, the first buyer, and the one after the last.
import { setTimeout as wait } from 'node:timers/promises';
import { tableStockStore } from '../../shared/adapters/tables/stock-store.ts';
import { holdMs, releaseItems, reserveItems, sellItems } from '../../shared/inventory/reserve-items.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { forEachAtOnce } from '../../shared/kernel/for-each-at-once.ts';
import { clientFor } from '../contract/tables-cases/client.ts';

export type BuyerEnd = { readonly buyer: number; readonly end: 'sold' | 'declined' | 'out-of-stock' };

const [origin = '', first = '0', beyond = '0'] = process.argv.slice(2);
const atOnce = 200;
const pauseMs = 100;
const items = [{ sku: 'TICKET', quantity: 1 }];
const stock = tableStockStore(clientFor(origin, 'stock'), Math.random, wait);

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError && error.kind === 'transient')) throw error;
      await wait(pauseMs);
    }
  }
}

async function buy(buyer: number): Promise<BuyerEnd['end']> {
  const orderId = `buyer-${buyer}`;
  for (;;) {
    const { outcome } = await patiently(() => reserveItems(stock, orderId, items, Date.now() + holdMs));
    if (outcome === 'out-of-stock') return outcome;
    if (outcome === 'released-before') return 'declined';
    if (outcome === 'reserved') break;
    await wait(pauseMs);
  }
  if (buyer % 7 === 0) {
    await patiently(() => releaseItems(stock, orderId, items));
    return 'declined';
  }
  await patiently(() => sellItems(stock, orderId, items));
  return 'sold';
}

const buyers = Array.from({ length: Number(beyond) - Number(first) }, (_, n) => Number(first) + n);
process.once('disconnect', () => process.exit());
await forEachAtOnce(buyers, atOnce, async (buyer) => {
  const end = await buy(buyer);
  process.send?.({ buyer, end } satisfies BuyerEnd);
});
process.disconnect?.();
