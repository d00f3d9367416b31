// POST /orders/{orderId}/items: a draft grows by an item, at today's price.
import type { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { appendEvents, type Decision, type OrderChangePorts } from './append-events.ts';
import type { Order } from './order.ts';
import { claimIdOf, type OrderClaim } from './order-claim.ts';
import { offersOf, type Offers, priceItems, totalOf } from './price-items.ts';
import type { PlaceOrderPorts, wantedItemSchema } from './place-order.ts';

type WantedItem = z.infer<typeof wantedItemSchema>;

const itemLimit = 10_000;

/**
 * @param step tells the item apart: the same request again is no second item
 * @throws AppError order-not-draft, too-many-items, total-too-large, unknown-sku, mixed-currencies, several-stores, price-changed
 */
export function decideAddItem(order: Order, wanted: WantedItem, offers: Offers, step: string): readonly Decision[] {
  if (order.status !== 'draft') {
    throw new AppError('order-not-draft', `The order is ${order.status}: place another one for more`);
  }
  if (order.items.length >= itemLimit) throw new AppError('too-many-items', `An order holds ${itemLimit} items`);
  const { currency } = order.total;
  const kitchen = order.storeId === undefined ? {} : { storeId: order.storeId };
  const [item] = priceItems([wanted], { offers, currency, ...kitchen }, () => '');
  if (item === undefined) return [];
  return [{ event: { type: 'OrderItemAdded', data: { item, total: totalOf(order.total, [item]) } }, step }];
}

/**
 * Without a claim each call adds an item.
 * @throws AppError order-not-found, concurrent-change, idempotency-key-reused, storage-unavailable, and as `decideAddItem`
 */
export async function addItem(
  ports: OrderChangePorts & Pick<PlaceOrderPorts, 'productOf'>,
  orderId: string,
  wanted: WantedItem,
  claim?: OrderClaim,
): Promise<Order> {
  const offers = await offersOf(ports, [wanted.sku]);
  const step = `add-item/${claim === undefined ? newId() : claimIdOf(claim)}`;
  return await appendEvents(ports, orderId, (order) => decideAddItem(order, wanted, offers, step), claim);
}
