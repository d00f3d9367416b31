// POST /orders: from a checked request to OrderCreated, and OrderPlaced unless it is a draft. The order's id comes from its
// Idempotency-Key: whoever stores event 1 has it, everybody else reads what that one stored.
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { deterministicId, newId } from '../kernel/ids.ts';
import { currencySchema, moneySchema } from '../kernel/money.ts';
import { findAnswer, type OrderChangePorts, orderEventId, storeEvents } from './append-events.ts';
import type { IdempotencyClaim } from '../kernel/request-claims.ts';
import { emailAddress, idText, line } from '../kernel/text.ts';
import type { Order } from './order.ts';
import type { NewOrderEvent } from './order-store.ts';
import { postalAddressSchema } from './postal-address.ts';
import { type Offer, offersOf, priceItems, totalOf } from './price-items.ts';

export const customerIdSchema = idText(64, '.@-');

/** A catalogue names its products as it likes. */
export const skuSchema = line(64);

export const wantedItemSchema = z.strictObject({
  sku: skuSchema,
  quantity: z.int().min(1).max(10_000),
  unitPrice: moneySchema.optional(),
});

export const placeOrderSchema = z.strictObject({
  customerId: customerIdSchema,
  email: emailAddress,
  currency: currencySchema,
  items: z.array(wantedItemSchema).min(1).max(50),
  payment: z.strictObject({
    method: z.string().regex(/^[\w-]{1,64}$/, 'the id of a payment method: 1 to 64 letters, digits, _ or -'),
  }),
  shipTo: postalAddressSchema,
  draft: z.boolean().optional(),
});

export type PlaceOrder = z.infer<typeof placeOrderSchema>;

export interface ContactIds {
  readonly customerId: string;
  readonly contactId: string;
  readonly orderId: string;
}

export interface PlaceOrderPorts extends OrderChangePorts {
  /** What the product is sold at today, undefined for an unknown one. */
  readonly productOf: (sku: string) => Promise<Offer | undefined>;
  /** Stores name, mail and address apart from the events; what exists stays. */
  readonly addContact: (ids: ContactIds, request: PlaceOrder) => Promise<void>;
}

export interface PlaceOrderOptions {
  readonly claim?: IdempotencyClaim | undefined;
  /** Where the order was taken, by default the web. */
  readonly channel?: Order['channel'];
}

/**
 * Accepts the order, or keeps the draft, and answers its id; the same claim answers the same id.
 * @throws AppError unknown-sku, mixed-currencies, several-stores, price-changed, total-too-large, idempotency-key-reused,
 * concurrent-change, storage-unavailable
 */
export async function placeOrder(
  ports: PlaceOrderPorts,
  request: PlaceOrder,
  { claim: given, channel = 'web' }: PlaceOrderOptions = {},
): Promise<string> {
  const claim = given && { ...given, operation: 'place' };
  const orderId = claim === undefined ? newId() : deterministicId('order', claim.caller, claim.key);
  const [answered, offers] = await Promise.all([
    claim && findAnswer(ports.orders, orderId, claim),
    offersOf(
      ports,
      request.items.map(({ sku }) => sku),
    ),
  ]);
  if (answered !== undefined) return orderId;
  const { customerId, currency } = request;
  const items = priceItems(request.items, { offers, currency });
  const total = totalOf({ amountMinor: 0, currency }, items);
  const contactId = deterministicId('contact', orderId, claim?.requestHash ?? '');
  await Promise.all([ports.addContact({ customerId, contactId, orderId }, request), ports.leaveHint(orderId)]);
  const events: NewOrderEvent[] = [
    {
      event: {
        type: 'OrderCreated',
        data: { customerId, contactId, items, total, payment: request.payment, channel },
      },
      eventId: orderEventId(orderId, 'create'),
    },
  ];
  if (request.draft !== true) {
    events.push({ event: { type: 'OrderPlaced', data: { customerId } }, eventId: orderEventId(orderId, 'place') });
  }
  const stored = await storeEvents(ports, orderId, undefined, events, claim);
  if (stored === undefined && (claim && (await findAnswer(ports.orders, orderId, claim))) === undefined) {
    throw new AppError('concurrent-change', `Order ${orderId} is being placed by another request; try again`);
  }
  return orderId;
}
