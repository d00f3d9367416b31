// What can be bought: a product's price and name. How many there are is the inventory's business.
import type { Money } from '../kernel/money.ts';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  /** The kitchen that makes it; goods from the shelf have none. */
  readonly storeId?: string;
}

export interface ProductStore {
  get(sku: string): Promise<Product | undefined>;
  /** In the order of their SKUs. */
  list(page: { readonly limit: number; readonly continuation?: string | undefined }): Promise<{
    readonly items: readonly Product[];
    readonly continuation?: string;
  }>;
  /** Adds the product; one that exists stays as it is. */
  addIfAbsent(product: Product): Promise<void>;
}
