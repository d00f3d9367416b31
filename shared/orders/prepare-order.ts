// An order comes to its kitchen, and leaves it. The ticket stands before the event says so, and whoever finds afterwards that the
// order has left takes it away: an order that is being prepared always has its ticket.
import { appendEvents, type OrderChangePorts } from './append-events.ts';
import { decideReady, decideStart, kitchenToBegin } from './fulfilment.ts';
import { type KitchenTickets, ticketOf } from './kitchen-tickets.ts';
import type { Order } from './order.ts';
import type { OrderClaim } from './order-claim.ts';
import { readOrder } from './read-order.ts';

export interface KitchenPorts {
  readonly orderChanges: OrderChangePorts;
  readonly kitchenTickets: KitchenTickets;
}

/** Idempotent; an order no kitchen makes is left alone. @throws AppError order-not-found, concurrent-change, storage-unavailable */
export async function prepareOrder({ orderChanges, kitchenTickets }: KitchenPorts, orderId: string): Promise<void> {
  const order = await readOrder(orderChanges.orders, orderId);
  const found = ticketOf(order);
  if (found === undefined) return;
  if (kitchenToBegin(order) !== undefined) await kitchenTickets.put(found.storeId, found.ticket);
  const { fulfilment } = await appendEvents(orderChanges, orderId, decideStart);
  if (fulfilment !== 'preparing') await kitchenTickets.remove(found.storeId, found.ticket);
}

/** @throws AppError order-not-found, not-preparing, idempotency-key-reused, concurrent-change, storage-unavailable */
export async function reportReady(
  { orderChanges, kitchenTickets }: KitchenPorts,
  orderId: string,
  claim?: OrderClaim,
): Promise<Order> {
  const order = await appendEvents(orderChanges, orderId, decideReady, claim);
  const found = ticketOf(order);
  if (found !== undefined) await kitchenTickets.remove(found.storeId, found.ticket);
  return order;
}
