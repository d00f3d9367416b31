import { AppError } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import type { StoredOrderEvent } from './events.ts';
import { foldOrder, type Order } from './order.ts';
import type { OrderStore } from './order-store.ts';

export const orderNotFound = (): AppError => new AppError('order-not-found', 'There is no order of this id');

/** An id that may name an order: one of any other form names nothing. @throws AppError order-not-found */
export function toOrderId(text: string | undefined): string {
  if (text === undefined || !isUuid(text)) throw orderNotFound();
  return text;
}

/** The order's events in order. @throws AppError order-not-found */
export async function readOrderEvents(
  orders: OrderStore,
  orderId: string | undefined,
): Promise<readonly StoredOrderEvent[]> {
  const { events } = await orders.load(toOrderId(orderId));
  if (events.length === 0) throw orderNotFound();
  return events;
}

/** @throws AppError order-not-found */
export async function readOrder(orders: OrderStore, orderId: string | undefined): Promise<Order> {
  const order = foldOrder(orderId ?? '', await readOrderEvents(orders, orderId));
  if (order === undefined) throw orderNotFound();
  return order;
}
