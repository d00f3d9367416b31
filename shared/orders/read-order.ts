import { AppError } from '../kernel/errors.ts';
import type { StoredOrderEvent } from './events.ts';
import { foldOrder, type Order } from './order.ts';
import type { OrderStore } from './order-store.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The order's events in order. An id of any form that names nothing is not found. @throws AppError order-not-found */
export async function readOrderEvents(
  orders: OrderStore,
  orderId: string | undefined,
): Promise<readonly StoredOrderEvent[]> {
  const { events } = orderId !== undefined && uuid.test(orderId) ? await orders.load(orderId) : { events: [] };
  if (events.length === 0) throw new AppError('order-not-found', 'There is no order of this id');
  return events;
}

/** @throws AppError order-not-found */
export async function readOrder(orders: OrderStore, orderId: string | undefined): Promise<Order> {
  const order = foldOrder(orderId ?? '', await readOrderEvents(orders, orderId));
  if (order === undefined) throw new AppError('order-not-found', 'There is no order of this id');
  return order;
}
