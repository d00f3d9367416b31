// What each projection makes of orders, and where its rows stand. Whoever tells of an order, hub or rebuild: the order is read from
// the event store, so that repeats, gaps and a wrong order of events do no harm.
import { table } from '../../shared/adapters/tables/table.ts';
import { removeSomeOf } from '../../shared/adapters/tables/generation.ts';
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
import { forEachAtOnce } from '../../shared/kernel/for-each-at-once.ts';
import { tables } from '../../shared/kernel/topology.ts';
import type { Order } from '../../shared/orders/order.ts';
import { summarise } from '../../shared/orders/orders-by-customer.ts';
import { readOrder } from '../../shared/orders/read-order.ts';
import type { ProjectionName } from '../../shared/projections/projection.ts';
import type { RebuildPorts } from '../../shared/projections/rebuild.ts';
import { salesLines } from '../../shared/sales/daily-sales.ts';
import { orderChanges } from '../orders/ports.ts';
import { dailySales, orderIds, ordersByCustomer, projections } from './ports.ts';

interface Target {
  readonly table: string;
  put(generation: string, orders: readonly Order[]): Promise<void>;
}

export const targets: Readonly<Record<ProjectionName, Target>> = {
  'orders-by-customer': {
    table: tables.ordersByCustomer,
    put: (generation, orders) => ordersByCustomer.put(generation, orders.map(summarise)),
  },
  'daily-sales': {
    table: tables.dailySales,
    put: (generation, orders) => dailySales.put(generation, orders.flatMap(salesLines)),
  },
};

const ordersAtOnce = 16;

/** The orders, each of at least the version that is told of. @throws AppError broken-invariant, order-not-found, storage-unavailable */
export async function readOrders(versions: ReadonlyMap<string, number>): Promise<readonly Order[]> {
  const orders: Order[] = [];
  await forEachAtOnce(versions, ordersAtOnce, async ([orderId, version]) => {
    const order = await readOrder(orderChanges.orders, orderId);
    if (order.version < version) {
      const detail = `The hub tells of event ${version} of order ${orderId}, and the event store ends with ${order.version}`;
      throw new AppError('broken-invariant', detail);
    }
    orders.push(order);
  });
  return orders;
}

export const rebuildPorts: RebuildPorts = {
  projections,
  orderIds,
  project: async (name, generation, ids) => {
    const orders: Order[] = [];
    await forEachAtOnce(ids, ordersAtOnce, async (orderId) => {
      const order = await readUnlessBroken(orderId);
      if (order !== undefined) orders.push(order);
    });
    await targets[name].put(generation, orders);
    return ids.length - orders.length;
  },
  removeSome: (name, generation) => removeSomeOf(table(targets[name].table), generation),
  now: Date.now,
};

/** One order that contradicts itself does not keep the others out. */
async function readUnlessBroken(orderId: string): Promise<Order | undefined> {
  try {
    return await readOrder(orderChanges.orders, orderId);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.kind === 'transient') throw error;
    console.error(`order ${orderId} is left out of the projection: ${error.message}`, error.cause ?? error);
    return undefined;
  }
}
