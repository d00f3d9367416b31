// The one way an order changes: load, decide, leave a hint, store events with their messages, publish.
import { toMessage } from '../contracts/contract.ts';
import { orderEvents } from '../contracts/order-events.ts';
import { processOrder } from '../contracts/orders.ts';
import { AppError } from '../kernel/errors.ts';
import { deterministicId } from '../kernel/ids.ts';
import type { OutboxMessage } from '../kernel/outbox.ts';
import type { OrderEvent, StoredOrderEvent } from './events.ts';
import { foldOrder, type Order } from './order.ts';
import type { NewOrderEvent, OrderStore } from './order-store.ts';
import { orderNotFound } from './read-order.ts';

export interface OrderChangePorts {
  readonly orders: OrderStore;
  /** Leaves the hint that has the outbox looked at again should we die after the append. */
  readonly leaveHint: (orderId: string) => Promise<void>;
  /** Publishes what the append left in the outbox; a failure is made good by the hint. */
  readonly publish: (orderId: string) => Promise<void>;
  readonly now: () => number;
}

/** Event ids carry order and step, no attempt: a repeat is recognised by them. */
export const orderEventId = (orderId: string, step: string): string => deterministicId('order-event', orderId, step);

const attempts = 8;

/**
 * Appends what `decide` answers for the order as it stands, an empty list for nothing to do; decides anew when another writer was quicker.
 * An event whose step is stored already is not stored again. Answers the order as it stands then.
 * @throws AppError order-not-found, concurrent-change, storage-unavailable, and what `decide` throws
 */
export async function appendEvents(
  ports: OrderChangePorts,
  orderId: string,
  decide: (order: Order) => readonly { readonly event: OrderEvent; readonly step: string }[],
): Promise<Order> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { events } = await ports.orders.load(orderId);
    const order = foldOrder(orderId, events);
    if (order === undefined) throw orderNotFound();
    const fresh = decide(order)
      .map(({ event, step }) => ({ event, eventId: orderEventId(orderId, step) }))
      .filter(({ eventId }) => !events.some((stored) => stored.eventId === eventId));
    if (fresh.length === 0) return order;
    const stored = await storeEvents(ports, orderId, order.version, fresh);
    if (stored !== undefined) return foldOrder(orderId, [...events, ...stored]) ?? order;
  }
  throw new AppError('concurrent-change', `Order ${orderId} is being changed by others; try again`);
}

/** Answers the stored events, or undefined when another writer was quicker. */
export async function storeEvents(
  ports: OrderChangePorts,
  orderId: string,
  expectedVersion: number,
  events: readonly NewOrderEvent[],
  requestHash?: string,
): Promise<readonly StoredOrderEvent[] | undefined> {
  const at = new Date(ports.now()).toISOString();
  const stored = events.map(({ event, eventId }, index) => ({
    ...event,
    eventId,
    at,
    version: expectedVersion + 1 + index,
  }));
  const outbox = stored.flatMap((event) => messagesOf(orderId, event));
  await ports.leaveHint(orderId);
  const batch = { events, at, outbox, ...(requestHash === undefined ? {} : { requestHash }) };
  if (!(await ports.orders.append(orderId, expectedVersion, batch))) return undefined;
  await ports.publish(orderId);
  return stored;
}

/** Every event goes to the topic; the placing of an order is, besides, the command that starts its saga. */
function messagesOf(orderId: string, { type, version, eventId, at, data }: StoredOrderEvent): OutboxMessage[] {
  const told = { subject: orderId, time: at };
  const messages = [toMessage(orderEvents[type], { ...told, id: eventId, data: { orderId, version, ...data } })];
  if (type === 'OrderPlaced') {
    const id = deterministicId('process-order', orderId);
    messages.push(toMessage(processOrder, { ...told, id, data: { orderId } }));
  }
  return messages;
}
