// What can happen to an order. These are facts: never changed, only followed by others. One schema an event and version.
import { z } from 'zod';
import { moneySchema } from '../kernel/money.ts';

export const orderItemSchema = z.strictObject({
  sku: z.string(),
  quantity: z.int().min(1),
  unitPrice: moneySchema,
});

export type OrderItem = z.infer<typeof orderItemSchema>;

export const cancelReasons = ['payment-declined', 'out-of-stock', 'cancelled-by-customer', 'saga-failed'] as const;
export const cancelReasonSchema = z.enum(cancelReasons);
export type CancelReason = z.infer<typeof cancelReasonSchema>;

export const orderEventSchemas = {
  OrderCreated: z.strictObject({
    customerId: z.string(),
    contactId: z.string(),
    items: z.array(orderItemSchema).min(1),
    total: moneySchema,
    payment: z.strictObject({ method: z.string() }),
  }),
  OrderPlaced: z.strictObject({ customerId: z.string() }),
  StockReserved: z.strictObject({}),
  PaymentAuthorised: z.strictObject({ paymentId: z.string(), amount: moneySchema }),
  PaymentDeclined: z.strictObject({ reason: z.string() }),
  ShipmentArranged: z.strictObject({ shipmentId: z.string(), trackingId: z.string() }),
  PaymentCaptured: z.strictObject({ paymentId: z.string(), amount: moneySchema }),
  OrderCompleted: z.strictObject({}),
  CancelRequested: z.strictObject({}),
  OrderCancelled: z.strictObject({
    reason: cancelReasonSchema,
    payment: z.enum(['nothing-charged', 'voided', 'refunded']),
  }),
  CompensationFailed: z.strictObject({ step: z.string(), detail: z.string() }),
} as const;

export type OrderEventType = keyof typeof orderEventSchemas;

/** An event as the domain decides it; storing adds version and time. */
export type OrderEvent = {
  [Type in OrderEventType]: { readonly type: Type; readonly data: z.infer<(typeof orderEventSchemas)[Type]> };
}[OrderEventType];

export type EventOf<Type extends OrderEventType> = Extract<OrderEvent, { type: Type }>;

export type StoredOrderEvent = OrderEvent & {
  /** 1 for the first event of the order, without gaps. */
  readonly version: number;
  /** Deterministic: order and step, without attempt. A repeated step finds it and appends nothing. */
  readonly eventId: string;
  readonly at: string;
};

/** The CloudEvents type of an order event: "millrace.orders.OrderPlaced.v1". */
export const cloudEventType = (type: OrderEventType): string => `millrace.orders.${type}.v1`;
