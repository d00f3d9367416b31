// Fault 5: the process that carries out an operator's decision dies at every point between, before and after each thing it does; asked
// again, another one does what is left.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveCompensation } from '../../functions/operations/resolve-compensation.ts';
import { tableOperatorTasks } from '../../shared/adapters/tables/operator-tasks.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { newId } from '../../shared/kernel/ids.ts';
import { actOnTask } from '../../shared/operations/act-on-task.ts';
import { closings, type TaskAction, taskIdOf, type TaskWish } from '../../shared/operations/operator-task.ts';
import { raiseTask } from '../../shared/operations/raise-task.ts';
import type { TaskStore } from '../../shared/operations/task-store.ts';
import { appendEvents } from '../../shared/orders/append-events.ts';
import type { OrderEvent } from '../../shared/orders/events.ts';
import { readOrder } from '../../shared/orders/read-order.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { addEvent, memoryOrders } from '../support/memory-orders.ts';
import { clientFor } from './tables-cases/client.ts';

let files: Store;
let server: TablesServer;
let tasks: TaskStore;

beforeAll(async () => {
  files = await openStore({ ephemeral: true });
  server = await startTablesServer({ store: files, port: 0 });
  const table = clientFor(`http://127.0.0.1:${server.port}`, 'tasks');
  await table.createTable();
  tasks = tableOperatorTasks(table);
});

afterAll(async () => {
  await server.close();
  await files.close();
});

const total = { amountMinor: 100, currency: 'EUR' } as const;
const failed = (step: string): OrderEvent => ({
  type: 'CompensationFailed',
  data: { step, detail: 'no', reason: 'saga-failed' },
});

/** An order that waits for a person, once for each step, and a provider that gives money back once. */
async function given(steps: readonly string[]) {
  const orderId = newId();
  const orders = memoryOrders();
  const items = [{ sku: 'MUG', quantity: 1, unitPrice: total }];
  const created = {
    customerId: 'ada',
    contactId: 'c',
    items,
    total,
    payment: { method: 'pm' },
    channel: 'web',
  } as const;
  const happened: OrderEvent[] = [
    { type: 'OrderCreated', data: created },
    { type: 'OrderPlaced', data: { customerId: 'ada' } },
    { type: 'PaymentCaptured', data: { paymentId: 'pi', amount: total } },
    ...steps.map(failed),
  ];
  for (const event of happened) addEvent(orders, orderId, event);
  const wishes = steps.map((step): TaskWish => ({ kind: 'compensation', subject: orderId, step, detail: 'no' }));
  for (const wish of wishes) await raiseTask({ tasks, tell: async () => {}, now: Date.now }, wish);
  const refunds = new Set<string>();
  return { orderId, orders, wishes, refunds };
}

type Given = Awaited<ReturnType<typeof given>>;

/** Everything a process does to the world, until it dies: at half number `lifetime`, even before, odd after a thing is done. */
function processOf({ orders, refunds }: Given, lifetime = Number.POSITIVE_INFINITY) {
  let halves = 0;
  const live = (): void => {
    halves += 1;
    if (halves > lifetime) throw new AppError('internal-error', 'dead');
  };
  const thing = async <T>(run: () => Promise<T>): Promise<T> => {
    live();
    const done = await run();
    live();
    return done;
  };
  const orderChanges = {
    ...orders,
    orders: {
      ...orders.orders,
      append: (...batch: Parameters<typeof orders.orders.append>) => thing(() => orders.orders.append(...batch)),
    },
    leaveHint: (id: string) => thing(() => orders.leaveHint(id)),
    publish: (id: string) => thing(() => orders.publish(id)),
  };
  const store: TaskStore = { ...tasks, change: (id, decide) => thing(() => tasks.change(id, decide)) };
  const undos = {
    'release-stock': () => thing(async () => ({ outcome: 'done' }) as const),
    'reverse-payment': () =>
      thing(async () => {
        refunds.add('refund-of-pi');
        return { outcome: 'done', payment: 'refunded' } as const;
      }),
  };
  return {
    act: (wish: TaskWish, action: TaskAction) =>
      actOnTask({ tasks: store, now: Date.now }, taskIdOf(wish), { action, by: 'ada', note: 'why' }, (task, how) =>
        resolveCompensation({ orderChanges, undos }, task, how),
      ),
    halves: () => halves,
  };
}

async function expectDone(scene: Given, action: TaskAction): Promise<void> {
  const { orderId, orders, wishes, refunds } = scene;
  const order = await readOrder(orders.orders, orderId);
  const isRetry = action === 'retry';
  expect(order).toMatchObject({ status: 'cancelled', failedUndos: [], reason: 'saga-failed' });
  expect(order.payment.status).toBe(isRetry ? 'refunded' : 'captured');
  expect(refunds.size).toBe(isRetry ? 1 : 0);
  const types = orders.streams.get(orderId)?.events.map(({ type }) => type) ?? [];
  expect(types.slice(5)).toEqual([...wishes.map(() => 'CompensationResolved'), 'OrderCancelled']);
  for (const wish of wishes) {
    expect(await tasks.get(taskIdOf(wish))).toMatchObject({ state: 'closed', closedAs: closings[action] });
    const history = await tasks.history(taskIdOf(wish));
    expect(history.filter(({ outcome }) => outcome === closings[action]).length).toBe(1);
  }
}

test.each(['retry', 'skip', 'resolve'] as const)('%s is done once wherever it dies', async (action) => {
  const steps = ['reverse-payment', 'release-stock'];
  const whole = await given(steps);
  const alive = processOf(whole);
  for (const wish of whole.wishes) await alive.act(wish, action);
  await expectDone(whole, action);
  expect(alive.halves()).toBeGreaterThan(18);

  for (let lifetime = 0; lifetime < alive.halves(); lifetime += 1) {
    const scene = await given(steps);
    const dying = processOf(scene, lifetime);
    for (const wish of scene.wishes) await dying.act(wish, action).catch(() => undefined);
    for (const wish of scene.wishes) await processOf(scene).act(wish, action);
    await expectDone(scene, action);
  }
});

test('operators who retry two undos of an order at once end it once', async () => {
  const scene = await given(['reverse-payment', 'release-stock']);
  const twice = [...scene.wishes, ...scene.wishes];
  const ended = await Promise.all(twice.map((wish) => processOf(scene).act(wish, 'retry')));
  expect(ended.map(({ state }) => state)).toEqual(twice.map(() => 'closed'));
  await expectDone(scene, 'retry');
});

test('an order that was resolved elsewhere is not resolved again', async () => {
  const scene = await given(['reverse-payment']);
  await appendEvents(scene.orders, scene.orderId, () => [
    { event: { type: 'CompensationResolved', data: { step: 'reverse-payment', how: 'resolved' } }, step: 'elsewhere' },
  ]);
  const [wish] = scene.wishes;
  if (wish !== undefined) await processOf(scene).act(wish, 'retry');
  expect(scene.refunds.size).toBe(0);
});
