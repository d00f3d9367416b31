// All units of an order or none: a shortage of one product leaves what was taken to the saga's release.
import { type ReserveOutcome, release, reserve, sell } from './stock.ts';
import type { StockStore } from './stock-store.ts';

export interface StockItem {
  readonly sku: string;
  readonly quantity: number;
}

/** One entry a SKU, in the order of the SKUs: a SKU has one reservation an order, however many items name it. */
export function bySku(items: readonly StockItem[]): StockItem[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity })).toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}

export async function reserveItems(
  store: StockStore,
  orderId: string,
  items: readonly StockItem[],
): Promise<ReserveOutcome> {
  for (const { sku, quantity } of bySku(items)) {
    const outcome = await store.change(sku, orderId, (state) => reserve(state, orderId, quantity));
    if (outcome !== 'reserved') return outcome;
  }
  return 'reserved';
}

export async function releaseItems(store: StockStore, orderId: string, items: readonly StockItem[]): Promise<void> {
  for (const { sku } of bySku(items)) await store.change(sku, orderId, (state) => release(state, orderId));
}

export async function sellItems(store: StockStore, orderId: string, items: readonly StockItem[]): Promise<void> {
  for (const { sku } of bySku(items)) await store.change(sku, orderId, sell);
}
