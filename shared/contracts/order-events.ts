// What can happen to an order. These are facts: never changed, only followed by others. They make up the order's stream, and each
// is told to the topic with the order's id and the event's number.
import { z } from 'zod';
import { moneySchema } from '../kernel/money.ts';
import { topics } from '../kernel/topology.ts';

/** What the topic is told besides the fact itself. */
const position = {
  orderId: z.uuid().describe('id of the order'),
  version: z.int().min(1).describe('number of the event in its order, from 1, without gaps'),
};

/** The contract of one fact. Of the example, `version` is where such an event stands in a story. */
const orderEvent = <Name extends string, Fact extends z.ZodRawShape>(
  name: Name,
  doc: string,
  fact: Fact,
  version: number,
  example: z.infer<z.ZodObject<Fact>>,
) =>
  ({
    type: `millrace.orders.${name}.v1` as const,
    kind: 'event',
    doc,
    sentBy: 'whoever appends to an order, by its outbox',
    sentTo: { topic: topics.orderEvents },
    about: 'the order',
    fact: z.object(fact),
    schema: z.object({ ...position, ...fact }),
    example: { orderId: '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01', version, ...example },
  }) as const;

const text = (doc: string) => z.string().describe(doc);

export const orderItemSchema = z.object({
  sku: text('the product'),
  quantity: z.int().min(1).describe('how many of it'),
  unitPrice: moneySchema.describe('what one costs'),
});

export const cancelReasonSchema = z
  .enum(['payment-declined', 'out-of-stock', 'cancelled-by-customer', 'saga-failed'])
  .describe('why there will be no goods');

const payment = {
  paymentId: text('the payment, as the provider calls it'),
  amount: moneySchema.describe('of the whole order'),
};

const total = { amountMinor: 9800, currency: 'EUR' } as const;
const paid = { paymentId: 'pi_3QK8', amount: total };

export const orderEvents = {
  OrderCreated: orderEvent(
    'OrderCreated',
    'Somebody asked for these goods at the prices of that moment.',
    {
      customerId: text('who orders'),
      contactId: text('the row with name, mail and address, which stand in no event'),
      items: z.array(orderItemSchema).min(1).describe('what is ordered'),
      total: moneySchema.describe('sum over the items'),
      payment: z.object({ method: text('payment method, as the provider calls it') }).describe('how it is to be paid'),
    },
    1,
    {
      customerId: 'ada',
      contactId: '4b1f8a52-6f0e-5d5c-9a53-0c1c7f2d9b11',
      items: [{ sku: 'TICKET-STANDARD', quantity: 2, unitPrice: { amountMinor: 4900, currency: 'EUR' } }],
      total,
      payment: { method: 'pm_card_visa' },
    },
  ),
  OrderPlaced: orderEvent(
    'OrderPlaced',
    'The order stands: its saga is on the way.',
    { customerId: text('who orders') },
    2,
    { customerId: 'ada' },
  ),
  StockReserved: orderEvent('StockReserved', 'The goods are put aside.', {}, 3, {}),
  PaymentAuthorised: orderEvent('PaymentAuthorised', 'The money is held, not yet taken.', payment, 4, paid),
  PaymentDeclined: orderEvent(
    'PaymentDeclined',
    'The payment provider said no; the order will be cancelled.',
    { reason: text('what the provider says') },
    4,
    { reason: 'generic_decline' },
  ),
  ShipmentArranged: orderEvent(
    'ShipmentArranged',
    'The carrier will come for the goods.',
    { shipmentId: text('the shipment, as the carrier calls it'), trackingId: text('what the customer follows it by') },
    5,
    { shipmentId: 'sh-71', trackingId: 'TRK0000071' },
  ),
  PaymentCaptured: orderEvent('PaymentCaptured', 'The money is taken.', payment, 6, paid),
  OrderCompleted: orderEvent('OrderCompleted', 'Nothing is left to do.', {}, 7, {}),
  CancelRequested: orderEvent(
    'CancelRequested',
    'The customer changed their mind; the saga will see to it.',
    {},
    3,
    {},
  ),
  OrderCancelled: orderEvent(
    'OrderCancelled',
    'There will be no goods, and every step that was taken is undone.',
    {
      reason: cancelReasonSchema,
      payment: z.enum(['nothing-charged', 'voided', 'refunded']).describe('what became of the money'),
    },
    5,
    { reason: 'payment-declined', payment: 'nothing-charged' },
  ),
  CompensationFailed: orderEvent(
    'CompensationFailed',
    'A step could not be undone: a person has to look.',
    { step: text('the activity that failed'), detail: text('why, in the words of whoever refused') },
    6,
    { step: 'cancel-shipment', detail: 'carrier-refused: the shipment has left' },
  ),
};
