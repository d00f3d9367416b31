// The commands, queries and replies about orders; what happens to an order stands in order-events.ts.
import { z } from 'zod';
import { queues } from '../kernel/topology.ts';
import type { Contract } from './contract.ts';

const orderId = z.uuid().describe('id of the order');

export const processOrder = {
  type: 'millrace.orders.ProcessOrder.v1',
  kind: 'command',
  doc: 'Run the payment saga of this order.',
  sentBy: 'the functions that place an order, by its outbox',
  sentTo: { queue: queues.newOrder },
  about: 'the order',
  schema: z.object({ orderId }),
  example: { orderId: '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01' },
} as const satisfies Contract;

export const orderStatus = {
  type: 'millrace.orders.OrderStatus.v1',
  kind: 'reply',
  doc: 'The status of the order.',
  sentBy: 'the reader of order-queries',
  sentTo: { queue: queues.orderReplies },
  about: 'the order',
  schema: z.object({
    orderId,
    status: z
      .enum(['draft', 'accepted', 'processing', 'completed', 'cancelled', 'needs-attention'])
      .describe('as GET /orders/{orderId} has it'),
    reason: z.string().optional().describe('why it was cancelled'),
    version: z.int().min(1).describe('number of the last event of the order'),
    updatedAt: z.iso.datetime().describe('time of that event'),
  }),
  example: {
    orderId: '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01',
    status: 'cancelled',
    reason: 'payment-declined',
    version: 5,
    updatedAt: '2026-11-20T10:00:02.000Z',
  },
} as const satisfies Contract;

export const getOrderStatus = {
  type: 'millrace.orders.GetOrderStatus.v1',
  kind: 'query',
  doc: 'Asks for the status of an order. ReplyTo names the queue of the reply, ReplyToSessionId the session the asker waits in.',
  sentBy: 'a system that does not use HTTP: a partner, a batch, another system on the bus',
  sentTo: { queue: queues.orderQueries },
  about: 'the order',
  reply: orderStatus,
  schema: z.object({
    orderId: z.string().max(256).describe('id of the order; one of any other form names nothing'),
    expiresAt: z.iso.datetime().describe('until then the asker waits: a query that comes later is dropped'),
  }),
  example: { orderId: '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01', expiresAt: '2026-11-20T10:00:30.000Z' },
} as const satisfies Contract;
