// An order with the ids of its events, from a snapshot and what came after: what a change is decided on.
import type { StoredOrderEvent } from './events.ts';
import { follow, type Order } from './order.ts';
import type { OrderSnapshot, OrderStore } from './order-store.ts';

/** An order is read from its beginning until it has so many events; then a snapshot is kept as often. */
const snapshotEveryEvents = 100;

export interface OrderHistory {
  readonly order: Order;
  readonly eventIds: ReadonlySet<string>;
}

/** Undefined for an id that names nothing. @throws AppError broken-invariant, storage-unavailable */
export async function loadHistory(orders: OrderStore, orderId: string): Promise<OrderHistory | undefined> {
  const { snapshot, events } = await orders.load(orderId);
  let order = snapshot?.order;
  const eventIds = new Set(snapshot?.eventIds);
  for await (const event of events) {
    order = follow(orderId, order, event);
    eventIds.add(event.eventId);
  }
  return order && { order, eventIds };
}

/** The history with the events that were stored after it. */
export function extendHistory(
  orderId: string,
  history: OrderHistory,
  stored: readonly StoredOrderEvent[],
): OrderHistory {
  const order = stored.reduce((before, event) => follow(orderId, before, event), history.order);
  return { order, eventIds: new Set([...history.eventIds, ...stored.map(({ eventId }) => eventId)]) };
}

export const isSnapshotDue = (before: Order, after: Order): boolean =>
  Math.trunc(after.version / snapshotEveryEvents) > Math.trunc(before.version / snapshotEveryEvents);

export const toSnapshot = ({ order, eventIds }: OrderHistory): OrderSnapshot => ({ order, eventIds: [...eventIds] });
