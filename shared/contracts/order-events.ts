// What can happen to an order. These are facts: never changed, only followed by others. They make up the order's stream, and each
// is told to the topic and to the hub with the order's id and the event's number.
import { z } from 'zod';
import { moneySchema } from '../kernel/money.ts';
import { hubs, topics } from '../kernel/topology.ts';

/** What the topic is told besides the fact itself. */
const position = {
  orderId: z.uuid().describe('id of the order'),
  version: z.int().min(1).describe('number of the event in its order, from 1, without gaps'),
};

/**
 * The contract of one fact, in its first version: a later one says so beside it. Of the example, `version` is where such an event
 * stands in a story.
 */
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
    sentBy: 'every function that changes an order, by its outbox',
    sentTo: { topic: topics.orderEvents },
    alsoTo: { hub: hubs.orderStream },
    about: 'the order; where it has food, its kitchen is the session',
    fact: z.object(fact),
    schema: z.object({ ...position, ...fact }),
    example: { orderId: '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01', version, ...example },
  }) as const;

const text = (doc: string) => z.string().describe(doc);

export const orderItemSchema = z.object({
  sku: text('the product'),
  quantity: z.int().min(1).describe('how many of it'),
  unitPrice: moneySchema.describe('what one costs'),
  storeId: z.string().optional().describe('the kitchen that makes it; goods from the shelf have none'),
});

export const cancelReasonSchema = z
  .enum([
    'payment-declined',
    'out-of-stock',
    'stock-held-by-others',
    'reservation-expired',
    'cancelled-by-customer',
    'saga-failed',
  ])
  .describe('why the order was cancelled');

const payment = {
  paymentId: text('the payment, as the provider calls it'),
  amount: moneySchema.describe('of the whole order'),
};

/** unsettled: a person sees to it. */
const reversal = z.enum(['nothing-charged', 'voided', 'refunded', 'unsettled']);

const total = { amountMinor: 9800, currency: 'EUR' } as const;
const paid = { paymentId: 'pi_3QK8', amount: total };

const createdV1 = {
  customerId: text('who orders'),
  contactId: text('the row with name, mail and address, which are in no event'),
  items: z.array(orderItemSchema).min(1).describe('what is ordered'),
  total: moneySchema.describe('sum over the items'),
  payment: z.object({ method: text('payment method, as the provider calls it') }).describe('how it is to be paid'),
};

const createdV2 = { ...createdV1, channel: z.enum(['web', 'till']).describe('where the order was taken') };

const item = { sku: 'TICKET-STANDARD', quantity: 2, unitPrice: { amountMinor: 4900, currency: 'EUR' } } as const;

export const orderEvents = {
  OrderCreated: {
    ...orderEvent('OrderCreated', 'A customer ordered these goods, at the prices of that moment.', createdV2, 1, {
      customerId: 'ada',
      contactId: '4b1f8a52-6f0e-5d5c-9a53-0c1c7f2d9b11',
      items: [item],
      total,
      payment: { method: 'pm_card_visa' },
      channel: 'web',
    }),
    type: 'millrace.orders.OrderCreated.v2',
    earlier: [
      {
        type: 'millrace.orders.OrderCreated.v1',
        schema: z.object({ ...position, ...createdV1 }),
        // Tills came later.
        upcast: (data: object) => ({ ...data, channel: 'web' }),
      },
    ],
  },
  OrderItemAdded: orderEvent(
    'OrderItemAdded',
    'An item was added to the draft.',
    { item: orderItemSchema.describe('what is added'), total: moneySchema.describe('sum over all items then') },
    2,
    { item, total },
  ),
  OrderPlaced: orderEvent(
    'OrderPlaced',
    'The order is placed, and its saga will start.',
    { customerId: text('who orders') },
    2,
    { customerId: 'ada' },
  ),
  StockReserved: orderEvent(
    'StockReserved',
    'The goods are reserved.',
    { reservedUntil: z.iso.datetime().optional().describe('when they go back to the shelf, should nobody sell them') },
    3,
    { reservedUntil: '2026-11-20T10:30:00.000Z' },
  ),
  StockUnavailable: orderEvent(
    'StockUnavailable',
    'There are too few of a product; the order will be cancelled.',
    { skus: z.array(z.string()).min(1).describe('the products that are short') },
    3,
    { skus: ['TICKET-BALCONY'] },
  ),
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
  OrderCompleted: orderEvent('OrderCompleted', 'The goods are paid for and on their way.', {}, 7, {}),
  StepFailed: orderEvent(
    'StepFailed',
    'A step of the saga cannot be taken, or took too long; the order will be cancelled.',
    { step: text('the activity'), detail: text('why, as the refusing service said it') },
    5,
    { step: 'arrange-shipment', detail: 'carrier-refused: no delivery to this address' },
  ),
  CancelRequested: orderEvent('CancelRequested', 'The customer cancelled; the saga will undo its steps.', {}, 3, {}),
  OrderCancelled: orderEvent(
    'OrderCancelled',
    'The order is cancelled, and every step that was taken is undone.',
    {
      reason: cancelReasonSchema,
      payment: reversal.describe('what became of the money'),
    },
    5,
    { reason: 'payment-declined', payment: 'nothing-charged' },
  ),
  CompensationFailed: orderEvent(
    'CompensationFailed',
    'A step could not be undone: a person has to look.',
    {
      step: text('the activity that failed'),
      detail: text('why, as the refusing service said it'),
      reason: cancelReasonSchema.optional(),
      payment: reversal.optional().describe('what became of the money so far'),
    },
    6,
    {
      step: 'cancel-shipment',
      detail: 'carrier-refused: the shipment has left',
      reason: 'cancelled-by-customer',
      payment: 'refunded',
    },
  ),
  CompensationResolved: orderEvent(
    'CompensationResolved',
    'A person dealt with a step that could not be undone.',
    {
      step: text('the activity that had failed'),
      how: z.enum(['retried', 'skipped', 'resolved']).describe('retried: undone now; skipped or resolved: by decision'),
      payment: reversal.optional().describe('what became of the money, where the step moves any'),
    },
    7,
    { step: 'cancel-shipment', how: 'retried' },
  ),
  LatePaymentReversed: orderEvent(
    'LatePaymentReversed',
    'A payment became known after the order was cancelled, and was given back.',
    {
      paymentId: text('the payment, as the provider calls it'),
      outcome: z.enum(['voided', 'refunded']).describe('voided: it was only held'),
      amount: moneySchema.describe('what went back'),
    },
    6,
    { paymentId: 'pi_3QK8', outcome: 'refunded', amount: total },
  ),
  PreparationStarted: orderEvent(
    'PreparationStarted',
    'The kitchen has the order.',
    { storeId: text('the kitchen') },
    8,
    { storeId: 'kitchen-harbour' },
  ),
  OrderReady: orderEvent('OrderReady', 'The kitchen is done: a driver may come.', {}, 9, {}),
  DriverDispatched: orderEvent(
    'DriverDispatched',
    'A driver is on the way with the order.',
    { driver: text('the driver, as the carrier calls them') },
    10,
    { driver: 'driver-17' },
  ),
  OrderDelivered: orderEvent('OrderDelivered', 'The customer has the order.', {}, 11, {}),
};
