// Orders, the provider's ledger and the stock, each against the others. Safe repairs are made, the rest waits for a person. Works
// through pages and keeps counts only; what fails is counted, told, and found again by the next run.
import type { TableClient } from '@azure/data-tables';
import type { ProductStore } from '../../shared/catalogue/product.ts';
import { changedOrders } from '../../shared/adapters/tables/changed-orders.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import { forEachAtOnce } from '../../shared/kernel/for-each-at-once.ts';
import { isUuid } from '../../shared/kernel/ids.ts';
import type { OperatorTask } from '../../shared/operations/operator-task.ts';
import { loadHistory } from '../../shared/orders/order-history.ts';
import type { Difference } from '../../shared/reconciliation/judge-payment.ts';
import { graceMs } from '../../shared/reconciliation/plan-order-check.ts';
import { settlePayment } from '../payments/settle-payment.ts';
import { checkOrder, type Checked, type CheckPorts } from './check-order.ts';

export interface ReconcilePorts extends CheckPorts {
  readonly products: ProductStore;
  readonly orders: TableClient;
  readonly warn: (message: string) => void;
  readonly openTasks: () => AsyncIterable<OperatorTask>;
  readonly closeTask: (taskId: string, note: string) => Promise<void>;
}

export type Count = 'orders' | 'tasks' | 'payments' | 'products' | Checked | 'recounted' | 'task-closed' | 'failed';
export type Counts = Readonly<Partial<Record<Count, number>>>;

const chunkSize = 64;
const atOnce = 8;

/** @param sinceMs how far to look back, in milliseconds */
export async function runReconciliation(ports: ReconcilePorts, now: Date, sinceMs: number): Promise<Counts> {
  const counts: Partial<Record<Count, number>> = {};
  const count = (name: Count): void => void (counts[name] = (counts[name] ?? 0) + 1);
  const from = new Date(now.getTime() - sinceMs);
  const settledBy = new Date(now.getTime() - graceMs);
  const look = async (
    name: Count,
    subject: string,
    check: () => Promise<readonly (Count | 'agreed')[]>,
  ): Promise<void> => {
    count(name);
    try {
      for (const found of await check()) if (found !== 'agreed') count(found);
    } catch (error) {
      count('failed');
      ports.warn(`reconciliation of ${subject}: ${toAppError(error).message}`);
    }
  };
  await eachChunk(changedOrders(ports.orders, from, settledBy), (orderId) =>
    look('orders', `order ${orderId}`, () => checkOrder(ports, orderId, now.getTime())),
  );
  await eachChunk(ports.payments.since(from), (payment) =>
    look('payments', `payment ${payment.paymentId}`, async () =>
      Date.parse(payment.createdAt) > settledBy.getTime() ? [] : [await settlePayment(ports, payment)],
    ),
  );
  await eachChunk(skusOf(ports), (sku) =>
    look('products', `product ${sku}`, async () => ((await ports.stock.mend(sku)) === undefined ? [] : ['recounted'])),
  );
  for await (const task of ports.openTasks()) {
    if (task.step === paymentOfNoOrder) await look('tasks', `task ${task.taskId}`, () => closeOnceOrdered(ports, task));
  }
  return counts;
}

const paymentOfNoOrder: Difference = 'payment-of-no-order';

/** The payment was seen before its order. What follows from the two is found above. */
async function closeOnceOrdered(ports: ReconcilePorts, { taskId, subject }: OperatorTask): Promise<Count[]> {
  const orderId = (await ports.payments.get(subject))?.orderId;
  if (orderId === undefined || !isUuid(orderId)) return [];
  if ((await loadHistory(ports.orderChanges.orders, orderId)) === undefined) return [];
  await ports.closeTask(taskId, `Its order is there now: ${orderId}`);
  return ['task-closed'];
}

async function eachChunk<T>(items: AsyncIterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < chunkSize) continue;
    await forEachAtOnce(chunk, atOnce, work);
    chunk = [];
  }
  await forEachAtOnce(chunk, atOnce, work);
}

async function* skusOf({ products }: Pick<ReconcilePorts, 'products'>): AsyncGenerator<string> {
  let continuation: string | undefined;
  do {
    const page = await products.list({ limit: 100, continuation });
    for (const { sku } of page.items) yield sku;
    continuation = page.continuation;
  } while (continuation !== undefined);
}
