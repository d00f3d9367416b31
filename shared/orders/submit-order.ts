// POST /orders/{orderId}/submit: a draft is placed, provided that its prices are still today's.
import { AppError } from '../kernel/errors.ts';
import { appendEvents, type Decision, type OrderChangePorts } from './append-events.ts';
import type { Order } from './order.ts';
import type { OrderClaim } from './order-claim.ts';
import { offersOf, type Offers, priceItems } from './price-items.ts';
import type { PlaceOrderPorts } from './place-order.ts';
import { readOrder } from './read-order.ts';

/**
 * Nothing for an order that is placed.
 * @throws AppError order-not-draft, unknown-sku, mixed-currencies, several-stores, price-changed, concurrent-change
 */
export function decideSubmit(order: Order, offers: Offers): readonly Decision[] {
  if (order.placedAt !== undefined) return [];
  if (order.status !== 'draft')
    throw new AppError('order-not-draft', `The draft is ${order.status}: begin another one`);
  if (order.items.some(({ sku }) => !offers.has(sku))) {
    throw new AppError('concurrent-change', 'An item was added at the same moment: submit the order again');
  }
  priceItems(order.items, { offers, currency: order.total.currency });
  return [{ event: { type: 'OrderPlaced', data: { customerId: order.customerId } }, step: 'place' }];
}

/** @throws AppError order-not-found, idempotency-key-reused, storage-unavailable, and as `decideSubmit` */
export async function submitOrder(
  ports: OrderChangePorts & Pick<PlaceOrderPorts, 'productOf'>,
  orderId: string,
  claim?: OrderClaim,
): Promise<Order> {
  const { items } = await readOrder(ports.orders, orderId);
  const offers = await offersOf(
    ports,
    items.map(({ sku }) => sku),
  );
  return await appendEvents(ports, orderId, (order) => decideSubmit(order, offers), claim);
}
