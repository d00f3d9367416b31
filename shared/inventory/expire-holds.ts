// Holds that ran out: what becomes of the units depends on what became of the order.
import { forEachAtOnce } from '../kernel/for-each-at-once.ts';
import { lapse, release, sell } from './stock.ts';
import type { StockStore } from './stock-store.ts';

/** `lapse`: the order goes on, and may take the units anew. `keep`: it is paid for, and its saga sells or releases. */
export type HoldEnd = 'sell' | 'release' | 'lapse' | 'keep';

const atOnce = 16;

/**
 * Ends the holds of a SKU that ran out at `now` (ms since 1970) or before, and answers how many. `endOf` is asked later than `now`:
 * what an order keeps from then on outlives the sweep. One hold that fails is told of and keeps no other.
 */
export async function expireHolds(
  store: StockStore,
  sku: string,
  now: number,
  endOf: (orderId: string) => Promise<HoldEnd>,
  onFailure: (orderId: string, error: unknown) => void,
): Promise<number> {
  let ended = 0;
  await forEachAtOnce(await Array.fromAsync(store.expired(sku, now)), atOnce, async (orderId) => {
    try {
      const how = await endOf(orderId);
      if (how === 'keep') return;
      await endHold(store, sku, orderId, how, now);
      ended += 1;
    } catch (error) {
      onFailure(orderId, error);
    }
  });
  return ended;
}

async function endHold(
  store: StockStore,
  sku: string,
  orderId: string,
  how: Exclude<HoldEnd, 'keep'>,
  now: number,
): Promise<void> {
  if (how === 'sell') await store.change(sku, orderId, sell);
  else if (how === 'release') await store.change(sku, orderId, (state) => release(state, orderId));
  else await store.change(sku, orderId, (state) => lapse(state, now));
}
