// All units of an order or none. An order that has to wait for one product holds no other meanwhile: whoever waits is in nobody's
// way, so no two orders can wait for each other.
import { lapse, release, reserve, sell } from './stock.ts';
import type { StockStore } from './stock-store.ts';

export interface StockItem {
  readonly sku: string;
  readonly quantity: number;
}

/** How long units are put aside for an order that goes on. */
export const holdMs = 30 * 60_000;

export type ReserveItemsOutcome =
  | { readonly outcome: 'reserved' | 'waiting' | 'released-before' }
  /** `skus`: those of which too few are unsold. */
  | { readonly outcome: 'out-of-stock'; readonly skus: readonly string[] };

/** One entry a SKU, in the order of the SKUs: a SKU has one reservation an order, however many items name it. */
export function bySku(items: readonly StockItem[]): StockItem[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity })).toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}

/** @param until when the units go back to the shelf, in milliseconds since 1970 */
export async function reserveItems(
  store: StockStore,
  orderId: string,
  items: readonly StockItem[],
  until: number,
): Promise<ReserveItemsOutcome> {
  const wanted = bySku(items);
  for (const [index, { sku, quantity }] of wanted.entries()) {
    const outcome = await store.change(sku, orderId, (state) => reserve(state, orderId, quantity, until));
    if (outcome === 'reserved') continue;
    if (outcome === 'released-before') return { outcome };
    // By `until`: what another run of the same step keeps for longer is that run's.
    for (const taken of wanted.slice(0, index)) await store.change(taken.sku, orderId, (state) => lapse(state, until));
    const others = await soldOut(store, wanted.toSpliced(index, 1));
    if (outcome === 'waiting' && others.length === 0) return { outcome };
    return { outcome: 'out-of-stock', skus: outcome === 'waiting' ? others : [...others, sku].toSorted() };
  }
  return { outcome: 'reserved' };
}

async function soldOut(store: StockStore, wanted: readonly StockItem[]): Promise<string[]> {
  const levels = await Promise.all(wanted.map(({ sku }) => store.level(sku)));
  return wanted.filter(({ quantity }, index) => (levels[index]?.onHand ?? 0) < quantity).map(({ sku }) => sku);
}

/**
 * Keeps the units until then; a hold that has run out is taken anew where the units are still there.
 * @param until in milliseconds since 1970
 */
export async function keepItems(
  store: StockStore,
  orderId: string,
  items: readonly StockItem[],
  until: number,
): Promise<'held' | 'lost'> {
  const { outcome } = await reserveItems(store, orderId, items, until);
  return outcome === 'reserved' ? 'held' : 'lost';
}

export async function releaseItems(store: StockStore, orderId: string, items: readonly StockItem[]): Promise<void> {
  for (const { sku } of bySku(items)) await store.change(sku, orderId, (state) => release(state, orderId));
}

/** `not-held`: of a product at least the units were given back before. */
export async function sellItems(
  store: StockStore,
  orderId: string,
  items: readonly StockItem[],
): Promise<'sold' | 'not-held'> {
  let all: 'sold' | 'not-held' = 'sold';
  for (const { sku } of bySku(items)) if ((await store.change(sku, orderId, sell)) === 'not-held') all = 'not-held';
  return all;
}
