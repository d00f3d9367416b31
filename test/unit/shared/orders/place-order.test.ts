import { expect, test } from 'vitest';
import type { Money } from '../../../../shared/kernel/money.ts';
import { placeOrder, placeOrderSchema, type PlaceOrderPorts } from '../../../../shared/orders/place-order.ts';
import { foldOrder } from '../../../../shared/orders/order.ts';
import type { Offer } from '../../../../shared/orders/price-items.ts';
import { memoryOrders, type MemoryOrders } from '../../../support/memory-orders.ts';
import { validOrder } from '../../../support/order-requests.ts';

const eur = (amountMinor: number): Money => ({ amountMinor, currency: 'EUR' });
const offers: Record<string, Offer> = {
  'TICKET-STANDARD': { price: eur(4900) },
  'MUG-USD': { price: { amountMinor: 1500, currency: 'USD' } },
  'PIZZA-MARGHERITA': { price: eur(950), storeId: 'kitchen-harbour' },
  'SOUP-OF-THE-DAY': { price: eur(650), storeId: 'kitchen-hill' },
  'GOLD-MILL': { price: eur(900_000_000_00) },
};

function portsOf(orders: MemoryOrders = memoryOrders()) {
  const contacts = new Map<string, string>();
  const ports: PlaceOrderPorts = {
    ...orders,
    productOf: async (sku) => offers[sku],
    addContact: async ({ contactId }, { email }) => void contacts.set(contactId, email),
  };
  return { orders, contacts, ports };
}

const claim = { caller: 'ada', key: 'k-1', requestHash: 'hash-1' };

test('a placed order begins with OrderCreated and OrderPlaced and its total is the sum of its items', async () => {
  const { orders, ports } = portsOf();
  const orderId = await placeOrder(ports, validOrder());
  const events = orders.streams.get(orderId)?.events ?? [];
  expect(events.map(({ type }) => type)).toEqual(['OrderCreated', 'OrderPlaced']);
  expect(foldOrder(orderId, events)).toMatchObject({
    status: 'accepted',
    total: { amountMinor: 9800, currency: 'EUR' },
    version: 2,
  });
});

test('the hint is left before the append and the outbox published after it', async () => {
  const { orders, ports } = portsOf();
  await placeOrder(ports, validOrder());
  expect(orders.calls).toEqual(['hint', 'append', 'publish']);
});

test('a placed order leaves one command for its saga and one message an event for the topic and the hub', async () => {
  const { orders, ports } = portsOf();
  await placeOrder(ports, validOrder());
  expect(orders.outbox.map(({ destination, label }) => `${destination} ${label}`)).toEqual([
    'order-events OrderCreated',
    'order-stream OrderCreated',
    'order-events OrderPlaced',
    'order-stream OrderPlaced',
    'new-order ProcessOrder',
  ]);
});

test('no message and no event holds a name, a mail address or a street', async () => {
  const { orders, contacts, ports } = portsOf();
  await placeOrder(ports, validOrder());
  const told = JSON.stringify([...orders.streams.values(), orders.outbox]);
  for (const personal of ['Lovelace', 'ada@example.com', 'James']) expect(told).not.toContain(personal);
  expect([...contacts.values()]).toEqual(['ada@example.com']);
});

test('the same claim answers the same order and stores it once', async () => {
  const { orders, ports } = portsOf();
  const first = await placeOrder(ports, validOrder(), { claim });
  const second = await placeOrder(ports, validOrder(), { claim });
  expect(second).toBe(first);
  expect(orders.streams.get(first)?.events).toHaveLength(2);
  expect(orders.calls.filter((call) => call === 'append')).toHaveLength(1);
});

test('two requests with one claim at the same moment are one order', async () => {
  const { orders, ports } = portsOf();
  const ids = await Promise.all([
    placeOrder(ports, validOrder(), { claim }),
    placeOrder(ports, validOrder(), { claim }),
  ]);
  expect(new Set(ids).size).toBe(1);
  expect(orders.streams.size).toBe(1);
  expect(orders.outbox).toHaveLength(5);
});

test('a key that comes back with another body is refused', async () => {
  const { ports } = portsOf();
  await placeOrder(ports, validOrder(), { claim });
  await expect(placeOrder(ports, validOrder(), { claim: { ...claim, requestHash: 'hash-2' } })).rejects.toMatchObject({
    code: 'idempotency-key-reused',
  });
});

test('the same key of two callers is two orders', async () => {
  const { ports } = portsOf();
  const first = await placeOrder(ports, validOrder(), { claim });
  expect(await placeOrder(ports, validOrder({ customerId: 'bob' }), { claim: { ...claim, caller: 'bob' } })).not.toBe(
    first,
  );
});

test('an order without key whose id is taken at the same moment is a conflict to try again', async () => {
  const { orders, ports } = portsOf();
  orders.orders.append = async () => undefined;
  await expect(placeOrder(ports, validOrder())).rejects.toMatchObject({ code: 'concurrent-change', kind: 'transient' });
});

test('every unknown product is pointed at', async () => {
  const { orders, ports } = portsOf();
  const items = [
    { sku: 'NOPE', quantity: 1 },
    { sku: 'TICKET-STANDARD', quantity: 1 },
    { sku: 'NADA', quantity: 1 },
  ];
  await expect(placeOrder(ports, validOrder({ items }))).rejects.toMatchObject({
    code: 'unknown-sku',
    errors: [{ pointer: '/items/0/sku' }, { pointer: '/items/2/sku' }],
  });
  expect(orders.calls).toEqual([]);
});

test('a product in another currency is refused', async () => {
  const items = [{ sku: 'MUG-USD', quantity: 1 }];
  await expect(placeOrder(portsOf().ports, validOrder({ items }))).rejects.toMatchObject({ code: 'mixed-currencies' });
});

test('a price that changed since the page was loaded is a conflict that tells the new one', async () => {
  const items = [{ sku: 'TICKET-STANDARD', quantity: 1, unitPrice: { amountMinor: 4500, currency: 'EUR' as const } }];
  await expect(placeOrder(portsOf().ports, validOrder({ items }))).rejects.toMatchObject({
    code: 'price-changed',
    errors: [
      {
        pointer: '/items/0/unitPrice',
        detail: 'TICKET-STANDARD costs 4900 EUR (minor units)',
        price: { amountMinor: 4900, currency: 'EUR' },
      },
    ],
  });
});

test('food of two kitchens is two orders, and what is made nowhere goes with either', async () => {
  const { ports } = portsOf();
  const skus = (...names: string[]) => ({ items: names.map((sku) => ({ sku, quantity: 1 })) });
  await expect(
    placeOrder(ports, validOrder(skus('PIZZA-MARGHERITA', 'TICKET-STANDARD', 'SOUP-OF-THE-DAY'))),
  ).rejects.toMatchObject({ code: 'several-stores', errors: [{ pointer: '/items/2/sku' }] });
  await placeOrder(ports, validOrder(skus('PIZZA-MARGHERITA', 'TICKET-STANDARD')));
});

test('an order that costs more than money can say is refused', async () => {
  const items = [{ sku: 'GOLD-MILL', quantity: 2 }];
  await expect(placeOrder(portsOf().ports, validOrder({ items }))).rejects.toMatchObject({ code: 'total-too-large' });
});

test('a till is the channel of its orders', async () => {
  const { orders, ports } = portsOf();
  const orderId = await placeOrder(ports, validOrder(), { channel: 'till' });
  expect(foldOrder(orderId, orders.streams.get(orderId)?.events ?? [])?.channel).toBe('till');
});

test.each([0, -1, 1.5, 1e9, Number.NaN, '2', null])('a quantity of %s does not match the schema', (quantity) => {
  const result = placeOrderSchema.safeParse({ ...validOrder(), items: [{ sku: 'TICKET-STANDARD', quantity }] });
  expect(result.error?.issues[0]?.path).toEqual(['items', 0, 'quantity']);
});

test('fields nobody knows do not match the schema', () => {
  expect(placeOrderSchema.safeParse({ ...validOrder(), discount: 100 }).success).toBe(false);
});
