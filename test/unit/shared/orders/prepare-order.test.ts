import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KitchenTickets } from '../../../../shared/orders/kitchen-tickets.ts';
import { type KitchenPorts, prepareOrder, reportReady } from '../../../../shared/orders/prepare-order.ts';
import { readOrder } from '../../../../shared/orders/read-order.ts';
import { addEvent, memoryOrders } from '../../../support/memory-orders.ts';

const orderId = '019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01';
const amount = { amountMinor: 950, currency: 'EUR' };

function memoryTickets(): KitchenTickets & { readonly standing: Set<string> } {
  const standing = new Set<string>();
  return {
    standing,
    put: async (storeId, ticket) => void standing.add(`${storeId} ${ticket.orderId}`),
    remove: async (storeId, ticket) => void standing.delete(`${storeId} ${ticket.orderId}`),
    list: async () => ({ items: [] }),
  };
}

/** An order of food whose money is taken; completed unless it says otherwise. */
function given({ isFood = true, isCompleted = true } = {}) {
  const orders = memoryOrders();
  const tickets = memoryTickets();
  const item = {
    sku: 'PIZZA-MARGHERITA',
    quantity: 1,
    unitPrice: amount,
    ...(isFood ? { storeId: 'kitchen-harbour' } : {}),
  };
  const payment = { method: 'pm_card_visa' };
  const created = { customerId: 'ada', contactId: 'c', items: [item], total: amount, payment, channel: 'web' };
  const add = (type: string, data: object): void => addEvent(orders, orderId, { type, data } as never);
  add('OrderCreated', created);
  add('OrderPlaced', { customerId: 'ada' });
  add('PaymentCaptured', { paymentId: 'pi_1', amount });
  if (isCompleted) add('OrderCompleted', {});
  const ports: KitchenPorts = { orderChanges: orders, kitchenTickets: tickets };
  return { orders, tickets, ports };
}

test('an order of food gets its ticket, and loses it when it is ready', async () => {
  const { tickets, ports } = given();
  await prepareOrder(ports, orderId);
  expect([...tickets.standing]).toEqual([`kitchen-harbour ${orderId}`]);
  await reportReady(ports, orderId);
  expect(tickets.standing.size).toBe(0);
  await prepareOrder(ports, orderId);
  expect(tickets.standing.size).toBe(0);
});

test.each([
  ['no kitchen makes', given({ isFood: false })],
  ['may still be refunded', given({ isCompleted: false })],
])('an order that %s gets none', async (_what, { ports, tickets, orders }) => {
  const before = orders.calls.length;
  await prepareOrder(ports, orderId);
  expect(tickets.standing.size).toBe(0);
  expect(orders.calls).toHaveLength(before);
});

/** Whoever calls waits for the scheduler before each step, and dies at one of them. */
function onSchedule(ports: KitchenPorts, scheduler: fc.Scheduler, diesAt: number): KitchenPorts {
  let steps = 0;
  const slow =
    <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await scheduler.schedule(Promise.resolve(), name);
      steps += 1;
      if (steps === diesAt) throw new Error('died');
      return await call(...args);
    };
  const { orderChanges, kitchenTickets } = ports;
  const { orders } = orderChanges;
  return {
    orderChanges: {
      ...orderChanges,
      orders: {
        ...orders,
        load: slow('load', (id) => orders.load(id)),
        append: slow('append', (...batch) => orders.append(...batch)),
      },
      publish: slow('publish', orderChanges.publish),
    },
    kitchenTickets: {
      ...kitchenTickets,
      put: slow('put', (...ticket) => kitchenTickets.put(...ticket)),
      remove: slow('remove', (...ticket) => kitchenTickets.remove(...ticket)),
    },
  };
}

test('whoever comes at the same moment and whoever dies: what is being prepared has its ticket, what has left has none', async () => {
  const deaths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), deaths, fc.boolean(), async (scheduler, diesAt, leaves) => {
      const { tickets, ports, orders } = given();
      const deliveries = diesAt.map((at) =>
        prepareOrder(onSchedule(ports, scheduler, at), orderId).catch(() => undefined),
      );
      // The kitchen presses the button until it is taken.
      const unhurried = onSchedule(ports, scheduler, Number.POSITIVE_INFINITY);
      const press = async (): Promise<void> => {
        for (let tries = 0; tries < 20; tries += 1) {
          if (
            await reportReady(unhurried, orderId).then(
              () => true,
              () => false,
            )
          )
            return;
        }
      };
      const all = Promise.all([...deliveries, ...(leaves ? [press()] : [])]);
      await scheduler.waitFor(all);
      // The message stays in the queue until a delivery came to its end.
      await prepareOrder(ports, orderId);
      const { fulfilment } = await readOrder(orders.orders, orderId);
      expect(tickets.standing.size).toBe(fulfilment === 'preparing' ? 1 : 0);
      const started = orders.streams.get(orderId)?.events.filter(({ type }) => type === 'PreparationStarted');
      expect(started).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});
