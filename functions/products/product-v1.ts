import type { Product } from '../../shared/catalogue/product.ts';
import { toDecimal } from '../../shared/kernel/money.ts';

/** Version 1 gives the price as a decimal string. */
export const toProductV1 = ({ sku, name, price }: Product) => ({
  sku,
  name,
  price: toDecimal(price),
  currency: price.currency,
});
