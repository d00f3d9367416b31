import { expect, test } from 'vitest';
import type { StoredOrderEvent } from '../../../../shared/orders/events.ts';
import { foldOrder } from '../../../../shared/orders/order.ts';
import { messagesOf } from '../../../../shared/orders/order-messages.ts';

const orderId = '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01';
const at = '2026-01-01T00:00:00.000Z';
const unitPrice = { amountMinor: 950, currency: 'EUR' } as const;

const created = (storeId?: string): StoredOrderEvent => ({
  type: 'OrderCreated',
  version: 1,
  eventId: 'e-1',
  at,
  data: {
    customerId: 'ada',
    contactId: 'c',
    items: [{ sku: 'S', quantity: 1, unitPrice, ...(storeId === undefined ? {} : { storeId }) }],
    total: unitPrice,
    payment: { method: 'pm' },
    channel: 'web',
  },
});
const placed: StoredOrderEvent = { type: 'OrderPlaced', version: 2, eventId: 'e-2', at, data: { customerId: 'ada' } };

test('every event goes to the topic and the hub as the same message, and the placing is a command besides', () => {
  const messages = messagesOf(orderId, undefined, [created(), placed]);
  expect(messages.map(({ destination, transport, label }) => [destination, transport, label])).toEqual([
    ['order-events', undefined, 'OrderCreated'],
    ['order-stream', 'event-hubs', 'OrderCreated'],
    ['order-events', undefined, 'OrderPlaced'],
    ['order-stream', 'event-hubs', 'OrderPlaced'],
    ['new-order', undefined, 'ProcessOrder'],
  ]);
  const [onTopic, onHub] = messages;
  expect([onHub?.body, onHub?.messageId, onHub?.correlationId]).toEqual([onTopic?.body, 'e-1', orderId]);
});

test('on the topic the store that makes the food is the session, of events that do not name it too', () => {
  const food = created('kitchen-harbour');
  const later = messagesOf(orderId, foldOrder(orderId, [food]), [placed]);
  const sessions = [...messagesOf(orderId, undefined, [food]), ...later].map(({ sessionId }) => sessionId);
  expect(sessions).toEqual(['kitchen-harbour', undefined, 'kitchen-harbour', undefined, undefined]);
  expect(messagesOf(orderId, undefined, [created()]).map(({ sessionId }) => sessionId)).toEqual([undefined, undefined]);
});
