// Drafts by their decisions, given/when/then: what is added, submitted and cancelled before an order is placed.
import { describe, expect, test } from 'vitest';
import { addItem, decideAddItem } from '../../../../shared/orders/add-item.ts';
import { cancelOrder, decideCancel } from '../../../../shared/orders/cancel-order.ts';
import type { OrderEvent, OrderItem } from '../../../../shared/orders/events.ts';
import { foldOrder, type Order } from '../../../../shared/orders/order.ts';
import { placeOrder } from '../../../../shared/orders/place-order.ts';
import type { Offer, Offers } from '../../../../shared/orders/price-items.ts';
import { decideSubmit, submitOrder } from '../../../../shared/orders/submit-order.ts';
import { addEvent, memoryOrders } from '../../../support/memory-orders.ts';
import { validOrder } from '../../../support/order-requests.ts';

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' }) as const;
const offers: Offers = new Map<string, Offer | undefined>([
  ['TICKET-STANDARD', { price: eur(4900) }],
  ['MUG-USD', { price: { amountMinor: 1500, currency: 'USD' } }],
  ['PIZZA-MARGHERITA', { price: eur(950), storeId: 'kitchen-harbour' }],
  ['SOUP-OF-THE-DAY', { price: eur(650), storeId: 'kitchen-hill' }],
  ['GOLD-MILL', { price: eur(900_000_000_00) }],
  ['NOPE', undefined],
]);

const ticket: OrderItem = { sku: 'TICKET-STANDARD', quantity: 1, unitPrice: eur(4900) };
const created = (...items: OrderItem[]): OrderEvent => ({
  type: 'OrderCreated',
  data: {
    customerId: 'ada',
    contactId: 'c-1',
    items,
    total: eur(items.reduce((sum, { unitPrice, quantity }) => sum + unitPrice.amountMinor * quantity, 0)),
    payment: { method: 'pm_card_visa' },
    channel: 'web',
  },
});
const placed: OrderEvent = { type: 'OrderPlaced', data: { customerId: 'ada' } };
const cancelled: OrderEvent = {
  type: 'OrderCancelled',
  data: { reason: 'cancelled-by-customer', payment: 'nothing-charged' },
};

function given(...events: OrderEvent[]): Order {
  const at = '2026-01-02T03:04:05.000Z';
  const stored = events.map((event, index) => ({ ...event, version: index + 1, eventId: `e-${index}`, at }));
  const order = foldOrder('o-1', stored);
  if (order === undefined) throw new Error('there is no order without events');
  return order;
}
const draft = given(created(ticket));
const events = (decisions: readonly { readonly event: OrderEvent }[]) => decisions.map(({ event }) => event);

describe('an item', () => {
  test('is added at the price of today, with the total that makes', () => {
    expect(events(decideAddItem(draft, { sku: 'PIZZA-MARGHERITA', quantity: 3 }, offers, 's'))).toEqual([
      {
        type: 'OrderItemAdded',
        data: {
          item: { sku: 'PIZZA-MARGHERITA', quantity: 3, unitPrice: eur(950), storeId: 'kitchen-harbour' },
          total: eur(7750),
        },
      },
    ]);
  });

  const pizza: OrderItem = { sku: 'PIZZA-MARGHERITA', quantity: 1, unitPrice: eur(950), storeId: 'kitchen-harbour' };
  test.each<[string, Order, Parameters<typeof decideAddItem>[1], string, string[] | undefined]>([
    ['of a product that does not exist', draft, { sku: 'NOPE', quantity: 1 }, 'unknown-sku', ['/sku']],
    ['in another currency', draft, { sku: 'MUG-USD', quantity: 1 }, 'mixed-currencies', ['/sku']],
    ['of another kitchen', given(created(pizza)), { sku: 'SOUP-OF-THE-DAY', quantity: 1 }, 'several-stores', ['/sku']],
    [
      'at the price of yesterday',
      draft,
      { sku: 'TICKET-STANDARD', quantity: 1, unitPrice: eur(4500) },
      'price-changed',
      ['/unitPrice'],
    ],
    ['that costs too much', draft, { sku: 'GOLD-MILL', quantity: 2 }, 'total-too-large', undefined],
    [
      'too many',
      { ...draft, items: Array.from({ length: 10_000 }, () => ticket) },
      ticket,
      'too-many-items',
      undefined,
    ],
    ['of a placed order', given(created(ticket), placed), ticket, 'order-not-draft', undefined],
    ['of a cancelled draft', given(created(ticket), cancelled), ticket, 'order-not-draft', undefined],
  ])('%s is refused', (_what, order, wanted, code, pointers) => {
    expect(() => decideAddItem(order, wanted, offers, 's')).toThrow(
      expect.objectContaining({
        code,
        errors: pointers?.map((pointer) => expect.objectContaining({ pointer, code })),
      }),
    );
  });
});

describe('a draft', () => {
  test('is placed by its submission, once', () => {
    expect(events(decideSubmit(draft, offers))).toEqual([placed]);
    expect(decideSubmit(given(created(ticket), placed), offers)).toEqual([]);
    expect(decideSubmit(given(created(ticket), placed, cancelled), offers)).toEqual([]);
  });

  test('whose price changed since is a conflict that tells the new one', () => {
    const dearer: Offers = new Map([['TICKET-STANDARD', { price: eur(5900) }]]);
    expect(() => decideSubmit(draft, dearer)).toThrow(
      expect.objectContaining({
        code: 'price-changed',
        errors: [expect.objectContaining({ pointer: '/items/0/unitPrice', price: eur(5900) })],
      }),
    );
  });

  test('that was cancelled cannot be submitted', () => {
    expect(() => decideSubmit(given(created(ticket), cancelled), offers)).toThrow(
      expect.objectContaining({ code: 'order-not-draft' }),
    );
  });

  test('that got an item of unknown price meanwhile is to be submitted again', () => {
    expect(() => decideSubmit(draft, new Map())).toThrow(expect.objectContaining({ code: 'concurrent-change' }));
  });

  test('is cancelled at once, a placed order by its saga', () => {
    expect(events(decideCancel(draft)).map(({ type }) => type)).toEqual(['CancelRequested', 'OrderCancelled']);
    expect(events(decideCancel(given(created(ticket), placed))).map(({ type }) => type)).toEqual(['CancelRequested']);
  });
});

describe('over the ports', () => {
  function shop() {
    const orders = memoryOrders();
    return {
      ...orders,
      streams: orders.streams,
      productOf: async (sku: string) => offers.get(sku),
      addContact: async () => {},
      memory: orders,
    };
  }
  const typesOf = (ports: ReturnType<typeof shop>, orderId: string) =>
    ports.streams.get(orderId)?.events.map(({ type }) => type);

  test('a draft sends no saga on its way until it is submitted', async () => {
    const ports = shop();
    const orderId = await placeOrder(ports, validOrder({ draft: true }));
    expect(typesOf(ports, orderId)).toEqual(['OrderCreated']);
    expect(ports.outbox.map(({ destination }) => destination)).not.toContain('new-order');
    await addItem(ports, orderId, { sku: 'PIZZA-MARGHERITA', quantity: 1 });
    expect(await submitOrder(ports, orderId)).toMatchObject({ status: 'accepted', total: eur(10_750) });
    expect(ports.outbox.map(({ destination }) => destination)).toContain('new-order');
    expect(await submitOrder(ports, orderId)).toMatchObject({ status: 'accepted', version: 3 });
  });

  test('an item comes once with a key and each time without one', async () => {
    const ports = shop();
    const orderId = await placeOrder(ports, validOrder({ draft: true }));
    const wanted = { sku: 'TICKET-STANDARD', quantity: 1 };
    const claim = { operation: 'add-item', caller: 'ada', key: 'k', requestHash: 'h' };
    const first = await addItem(ports, orderId, wanted, claim);
    expect(await addItem(ports, orderId, wanted, claim)).toEqual(first);
    await addItem(ports, orderId, wanted);
    expect((await addItem(ports, orderId, wanted)).items).toHaveLength(4);
  });

  test('a submission that races a cancellation places nothing', async () => {
    const ports = shop();
    const orderId = await placeOrder(ports, validOrder({ draft: true }));
    ports.memory.interfere = () => {
      addEvent(ports.memory, orderId, { type: 'CancelRequested', data: {} });
      addEvent(ports.memory, orderId, cancelled);
    };
    await expect(submitOrder(ports, orderId)).rejects.toMatchObject({ code: 'order-not-draft' });
    expect(typesOf(ports, orderId)).not.toContain('OrderPlaced');
    expect(await cancelOrder(ports, orderId)).toMatchObject({ status: 'cancelled' });
  });
});
