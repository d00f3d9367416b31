// Whatever customers send, in whatever order, twice or at once, and wherever the process dies: the order adds up.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../../shared/kernel/errors.ts';
import { addItem } from '../../../../shared/orders/add-item.ts';
import { cancelOrder } from '../../../../shared/orders/cancel-order.ts';
import { foldOrder, type Order } from '../../../../shared/orders/order.ts';
import { placeOrder, type PlaceOrderPorts } from '../../../../shared/orders/place-order.ts';
import { submitOrder } from '../../../../shared/orders/submit-order.ts';
import { memoryOrders } from '../../../support/memory-orders.ts';
import { validOrder } from '../../../support/order-requests.ts';

const price = { amountMinor: 4900, currency: 'EUR' } as const;

/** Where a writer dies: before its batch is stored, after, or nowhere. */
type Death = 'before' | 'after' | 'none';

function shop(deaths: readonly Death[]) {
  const orders = memoryOrders();
  const store = { ...orders.orders };
  let writes = 0;
  const dead = () => new AppError('storage-unavailable', 'died');
  orders.orders.append = async (...batch) => {
    const death = deaths[writes] ?? 'none';
    writes += 1;
    if (death === 'before') throw dead();
    const isStored = await store.append(...batch);
    if (death === 'after') throw dead();
    return isStored;
  };
  const ports: PlaceOrderPorts = { ...orders, productOf: async () => ({ price }), addContact: async () => {} };
  return { orders, ports };
}

/** As a client does: the same request again while nobody answers. A refusal is an answer. */
async function untilAnswered(request: () => Promise<Order>): Promise<string> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    try {
      const { status, items, version } = await request();
      return JSON.stringify({ status, items: items.length, version });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.kind !== 'transient') return error.code;
    }
  }
  return 'never answered';
}

const commands = fc.array(
  fc.record({
    what: fc.constantFrom('add', 'add', 'add', 'submit', 'cancel'),
    key: fc.nat(5),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 12 },
);
const deaths = fc.array(fc.constantFrom<Death>('before', 'after', 'none', 'none'), { maxLength: 30 });

test.each([
  ['one after the other', false],
  ['all at once', true],
])('commands sent %s, with repeats and deaths: each key counts once and has one answer', async (_how, atOnce) => {
  await fc.assert(
    fc.asyncProperty(commands, deaths, async (list, script) => {
      // The draft itself is stored by a writer that lives.
      const { orders, ports } = shop(['none', ...script]);
      const orderId = await placeOrder(ports, validOrder({ draft: true }));
      const answers = new Map<string, Set<string>>();
      const send = async (what: string, key: number): Promise<void> => {
        const claim = { operation: what, caller: 'ada', key: `k-${key}`, requestHash: 'h' };
        const answer = await untilAnswered(() => {
          if (what === 'add') return addItem(ports, orderId, { sku: 'TICKET-STANDARD', quantity: 1 + key }, claim);
          return what === 'submit' ? submitOrder(ports, orderId, claim) : cancelOrder(ports, orderId, claim);
        });
        const known = answers.get(`${what}-${key}`) ?? new Set();
        answers.set(`${what}-${key}`, known.add(answer));
      };
      const sends = list.flatMap(({ what, key, times }) => Array.from({ length: times }, () => [what, key] as const));
      if (atOnce) await Promise.all(sends.map(([what, key]) => send(what, key)));
      else for (const [what, key] of sends) await send(what, key);

      const events = orders.streams.get(orderId)?.events ?? [];
      const order = foldOrder(orderId, events);
      const sum = order?.items.reduce((total, { quantity, unitPrice }) => total + quantity * unitPrice.amountMinor, 0);
      expect(order?.total.amountMinor).toBe(sum);
      const count = (type: string) => events.filter((event) => event.type === type).length;
      expect(count('OrderPlaced')).toBeLessThanOrEqual(1);
      expect(count('CancelRequested')).toBeLessThanOrEqual(1);
      expect(count('OrderCancelled') + count('OrderPlaced')).toBeLessThanOrEqual(1);
      const accepted = [...answers].filter(
        ([name, said]) => name.startsWith('add') && ![...said].includes('order-not-draft'),
      );
      expect(count('OrderItemAdded')).toBe(accepted.length);
      for (const said of answers.values()) expect(said.size).toBe(1);
    }),
    { numRuns: 150 },
  );
});
