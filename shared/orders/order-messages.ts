// What is told of an order's events: each to the topic and to the hub; the placing of an order is, besides, the command that
// starts its saga. Pure.
import { toMessage } from '../contracts/contract.ts';
import { orderEvents } from '../contracts/order-events.ts';
import { processOrder } from '../contracts/orders.ts';
import { deterministicId } from '../kernel/ids.ts';
import type { OutboxMessage } from '../kernel/outbox.ts';
import type { StoredOrderEvent } from './events.ts';
import { evolve, type Order } from './order.ts';

/**
 * The messages of events that follow on `before`, in order. On the topic the store that makes the food is the session: the
 * kitchen's queue keeps its order by it.
 */
export function messagesOf(
  orderId: string,
  before: Order | undefined,
  events: readonly StoredOrderEvent[],
): OutboxMessage[] {
  let order = before;
  return events.flatMap((event) => {
    order = evolve(orderId, order, event);
    return messagesOfEvent(order, event);
  });
}

function messagesOfEvent({ orderId, storeId }: Order, event: StoredOrderEvent): OutboxMessage[] {
  const { type, version, eventId, at, data } = event;
  const { alsoTo } = orderEvents[type];
  const told = { subject: orderId, time: at };
  const fact = toMessage(orderEvents[type], { ...told, id: eventId, data: { orderId, version, ...data } });
  const messages: OutboxMessage[] = [
    storeId === undefined ? fact : { ...fact, sessionId: storeId },
    { ...fact, destination: alsoTo.hub, transport: 'event-hubs' },
  ];
  if (type === 'OrderPlaced') {
    const id = deterministicId('process-order', orderId);
    messages.push(toMessage(processOrder, { ...told, id, data: { orderId } }));
  }
  return messages;
}
