// The contracts of the order messages: what a consumer may rely on, by CloudEvents type.
import { z } from 'zod';
import { cloudEventType, orderEventSchemas } from './events.ts';

const envelope = { orderId: z.uuid(), version: z.int().min(1).describe('number of the event in its order') };

export const processOrder = {
  'millrace.orders.ProcessOrder.v1': z
    .strictObject({ orderId: z.uuid() })
    .describe('Command: run the payment saga of this order'),
};

export const paymentCaptured = {
  [cloudEventType('PaymentCaptured')]:
    orderEventSchemas.PaymentCaptured.extend(envelope).describe('Event: the money is taken'),
};

/** For consumers that read the order itself and care only that something happened to it. */
export const anyOrderEvent = Object.fromEntries(
  Object.keys(orderEventSchemas).map((type) => [`millrace.orders.${type}.v1`, z.looseObject(envelope)]),
);
