// POST /orders: from a checked request to OrderCreated and OrderPlaced. The order's id is the claim on its Idempotency-Key:
// whoever stores event 1 has it, everybody else reads what that one stored.
import { z } from 'zod';
import { AppError, type InputFault } from '../kernel/errors.ts';
import { deterministicId, newId } from '../kernel/ids.ts';
import { add, currencySchema, type Money, moneySchema, times } from '../kernel/money.ts';
import { type OrderChangePorts, orderEventId, storeEvents } from './append-events.ts';
import type { OrderItem } from './events.ts';

const text = (max: number) => z.string().trim().min(1).max(max);

export const placeOrderSchema = z.strictObject({
  customerId: z.string().regex(/^[\w.@-]{1,64}$/, 'letters, digits and . _ @ - only, at most 64'),
  email: z.email().max(254),
  currency: currencySchema,
  items: z
    .array(z.strictObject({ sku: text(64), quantity: z.int().min(1).max(10_000), unitPrice: moneySchema.optional() }))
    .min(1)
    .max(50),
  payment: z.strictObject({ method: z.string().regex(/^[\w-]{1,64}$/, 'the id of a payment method') }),
  shipTo: z.strictObject({
    name: text(100),
    line1: text(200),
    city: text(100),
    postalCode: text(20),
    country: z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 code, such as NL'),
  }),
});

export type PlaceOrder = z.infer<typeof placeOrderSchema>;

export interface PlaceOrderPorts extends OrderChangePorts {
  /** The current price, undefined for an unknown product. */
  readonly priceOf: (sku: string) => Promise<Money | undefined>;
  /** Stores name, mail and address apart from the events; what exists stays. */
  readonly addContact: (customerId: string, contactId: string, request: PlaceOrder) => Promise<void>;
}

export interface IdempotencyClaim {
  readonly caller: string;
  readonly key: string;
  /** Of the body as it came. */
  readonly requestHash: string;
}

/**
 * Accepts the order and answers its id; the same claim answers the same id.
 * @throws AppError unknown-sku, mixed-currencies, price-changed, idempotency-key-reused, storage-unavailable
 */
export async function placeOrder(
  ports: PlaceOrderPorts,
  request: PlaceOrder,
  claim?: IdempotencyClaim,
): Promise<string> {
  const orderId = claim === undefined ? newId() : deterministicId('order', claim.caller, claim.key);
  if (claim !== undefined && (await isClaimed(ports, orderId, claim))) return orderId;
  const items = priceItems(request, await pricesOf(ports, request));
  const { customerId, payment } = request;
  const contactId = deterministicId('contact', orderId, claim?.requestHash ?? '');
  await ports.addContact(customerId, contactId, request);
  const total = items.reduce((sum, item) => add(sum, times(item.unitPrice, item.quantity)), zero(request));
  const stored = await storeEvents(
    ports,
    orderId,
    0,
    [
      {
        event: { type: 'OrderCreated', data: { customerId, contactId, items, total, payment } },
        eventId: orderEventId(orderId, 'create'),
      },
      { event: { type: 'OrderPlaced', data: { customerId } }, eventId: orderEventId(orderId, 'place') },
    ],
    claim?.requestHash,
  );
  if (stored === undefined && !(claim !== undefined && (await isClaimed(ports, orderId, claim)))) {
    throw new AppError('concurrent-change', `Order ${orderId} is being placed by another request; try again`);
  }
  return orderId;
}

const zero = ({ currency }: PlaceOrder): Money => ({ amountMinor: 0, currency });

async function isClaimed(ports: OrderChangePorts, orderId: string, claim: IdempotencyClaim): Promise<boolean> {
  const { events, requestHash } = await ports.orders.load(orderId);
  if (events.length === 0) return false;
  if (requestHash === claim.requestHash) return true;
  throw new AppError(
    'idempotency-key-reused',
    'This Idempotency-Key came with another body before: use a new key for a new order',
  );
}

async function pricesOf(
  ports: PlaceOrderPorts,
  { items }: PlaceOrder,
): Promise<ReadonlyMap<string, Money | undefined>> {
  return new Map(await Promise.all(items.map(async ({ sku }) => [sku, await ports.priceOf(sku)] as const)));
}

/** Every item with the price it is sold at. Pure. */
export function priceItems(request: PlaceOrder, prices: ReadonlyMap<string, Money | undefined>): OrderItem[] {
  const unknown: InputFault[] = [];
  const foreign: InputFault[] = [];
  const changed: InputFault[] = [];
  const items: OrderItem[] = [];
  for (const [index, { sku, quantity, unitPrice }] of request.items.entries()) {
    const price = prices.get(sku);
    const fault = (field: string, code: string, detail: string): InputFault => ({
      pointer: `/items/${index}/${field}`,
      code,
      detail,
    });
    if (price === undefined) unknown.push(fault('sku', 'unknown-sku', `there is no product ${sku}`));
    else if (price.currency !== request.currency)
      foreign.push(fault('sku', 'mixed-currencies', `${sku} is sold in ${price.currency}`));
    else if (
      unitPrice !== undefined &&
      (unitPrice.amountMinor !== price.amountMinor || unitPrice.currency !== price.currency)
    )
      changed.push(
        fault('unitPrice', 'price-changed', `${sku} costs ${price.amountMinor} ${price.currency} (minor units)`),
      );
    else items.push({ sku, quantity, unitPrice: price });
  }
  if (unknown.length > 0)
    throw new AppError('unknown-sku', 'GET /products lists what can be ordered', { errors: unknown });
  if (foreign.length > 0)
    throw new AppError('mixed-currencies', `The order is in ${request.currency}`, { errors: foreign });
  if (changed.length > 0)
    throw new AppError('price-changed', 'Show the new prices and place the order again', { errors: changed });
  return items;
}
