// What a fresh local environment sells; `stock` is what the shelves hold at first.
import type { Product } from './product.ts';

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' }) as const;

export const sampleProducts: readonly (Product & { readonly stock: number })[] = [
  { sku: 'TICKET-STANDARD', name: 'Concert ticket, standing', price: eur(4900), stock: 500 },
  { sku: 'TICKET-BALCONY', name: 'Concert ticket, balcony', price: eur(8900), stock: 40 },
  { sku: 'PIZZA-MARGHERITA', name: 'Pizza Margherita', price: eur(950), storeId: 'kitchen-harbour', stock: 1_000_000 },
  {
    sku: 'PIZZA-QUATTRO-FORMAGGI',
    name: 'Pizza quattro formaggi',
    price: eur(1250),
    storeId: 'kitchen-harbour',
    stock: 1_000_000,
  },
  { sku: 'MUG-MILLRACE', name: 'Mug with a mill wheel', price: eur(1490), stock: 200 },
];
