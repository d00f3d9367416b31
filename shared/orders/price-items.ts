// What is asked for becomes what is ordered: at today's prices, in one currency, of one kitchen at most. Pure.
import { AppError, type ErrorCode, type InputFault } from '../kernel/errors.ts';
import { add, amountLimitMinor, type Currency, type Money, times } from '../kernel/money.ts';
import type { OrderItem } from './events.ts';

export interface WantedItem {
  readonly sku: string;
  readonly quantity: number;
  /** What the customer was shown; whoever names none takes today's. */
  readonly unitPrice?: Money | undefined;
}

/** What a product is sold at, and the kitchen that makes it: goods from the shelf have none. */
export interface Offer {
  readonly price: Money;
  readonly storeId?: string | undefined;
}

/** Today's offers by SKU, undefined for a product that does not exist. */
export type Offers = ReadonlyMap<string, Offer | undefined>;

/** Looks each SKU up once. */
export async function offersOf(
  { productOf }: { readonly productOf: (sku: string) => Promise<Offer | undefined> },
  skus: Iterable<string>,
): Promise<Offers> {
  return new Map(await Promise.all([...new Set(skus)].map(async (sku) => [sku, await productOf(sku)] as const)));
}

/** At most this many faults are listed. */
const faultLimit = 50;

const refuse = (code: ErrorCode, detail: string, faults: readonly InputFault[]): void => {
  if (faults.length > 0) throw new AppError(code, detail, { errors: faults.slice(0, faultLimit) });
};

const isSame = (a: Money, b: Money): boolean => a.amountMinor === b.amountMinor && a.currency === b.currency;

/**
 * The wanted items as they are sold, at `pointer` in the body.
 * @param storeId the kitchen of the items that are in the order already
 * @throws AppError unknown-sku, mixed-currencies, several-stores, price-changed
 */
export function priceItems(
  wanted: readonly WantedItem[],
  { offers, currency, storeId }: { readonly offers: Offers; readonly currency: Currency; readonly storeId?: string },
  pointer: (index: number) => string = (index) => `/items/${index}`,
): OrderItem[] {
  const unknown: InputFault[] = [];
  const foreign: InputFault[] = [];
  const elsewhere: InputFault[] = [];
  const changed: InputFault[] = [];
  let kitchen = storeId;
  const items = wanted.flatMap(({ sku, quantity, unitPrice }, index): OrderItem[] => {
    const offer = offers.get(sku);
    const fault = (field: string, code: string, detail: string): InputFault => ({
      pointer: `${pointer(index)}/${field}`,
      code,
      detail,
    });
    if (offer === undefined) {
      unknown.push(fault('sku', 'unknown-sku', `there is no product ${sku}`));
      return [];
    }
    const { price } = offer;
    kitchen ??= offer.storeId;
    if (price.currency !== currency)
      foreign.push(fault('sku', 'mixed-currencies', `${sku} is sold in ${price.currency}`));
    else if (offer.storeId !== undefined && offer.storeId !== kitchen)
      elsewhere.push(fault('sku', 'several-stores', `${sku} is made by ${offer.storeId}, other food by ${kitchen}`));
    else if (unitPrice !== undefined && !isSame(unitPrice, price)) {
      const detail = `${sku} costs ${price.amountMinor} ${price.currency} (minor units)`;
      changed.push({ ...fault('unitPrice', 'price-changed', detail), price });
    }
    return [{ sku, quantity, unitPrice: price, ...(offer.storeId === undefined ? {} : { storeId: offer.storeId }) }];
  });
  refuse('unknown-sku', 'GET /products lists what can be ordered', unknown);
  refuse('mixed-currencies', `The order is in ${currency}`, foreign);
  refuse('several-stores', 'Place an order for each kitchen', elsewhere);
  refuse('price-changed', 'Show the customer the new prices and place the order anew', changed);
  return items;
}

/** @throws AppError total-too-large */
export function totalOf(before: Money, items: readonly OrderItem[]): Money {
  const total = items.reduce((sum, { unitPrice, quantity }) => add(sum, times(unitPrice, quantity)), before);
  if (total.amountMinor > amountLimitMinor) {
    throw new AppError('total-too-large', `An order may come to ${amountLimitMinor} ${total.currency} (minor units)`);
  }
  return total;
}
