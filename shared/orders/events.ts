// What can happen to an order, as the domain decides and stores it. What each event says stands with the contracts.
import type { z } from 'zod';
import type { cancelReasonSchema, orderEvents, orderItemSchema } from '../contracts/order-events.ts';

export type OrderItem = z.infer<typeof orderItemSchema>;
export type CancelReason = z.infer<typeof cancelReasonSchema>;

export type OrderEventType = keyof typeof orderEvents;

/** An event as the domain decides it; storing adds version and time. */
export type OrderEvent = {
  [Type in OrderEventType]: { readonly type: Type; readonly data: z.infer<(typeof orderEvents)[Type]['fact']> };
}[OrderEventType];

export type EventOf<Type extends OrderEventType> = Extract<OrderEvent, { type: Type }>;

/** What became of the money of an order that was given up. */
export type Reversal = EventOf<'OrderCancelled'>['data']['payment'];

export type StoredOrderEvent = OrderEvent & {
  /** 1 for the first event of the order, without gaps. */
  readonly version: number;
  /** Deterministic: order and step, without attempt. A repeated step finds it and appends nothing. */
  readonly eventId: string;
  readonly at: string;
};
