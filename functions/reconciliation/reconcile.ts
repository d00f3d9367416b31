// Every hour what changed of late, every night as far back as an authorisation lives.
import { app, type InvocationContext } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { tables } from '../../shared/kernel/topology.ts';
import { closeTask } from '../../shared/operations/close-task.ts';
import type { OperatorTask } from '../../shared/operations/operator-task.ts';
import type { TaskStore } from '../../shared/operations/task-store.ts';
import { startSaga } from '../payment-saga/saga-instance.ts';
import { runReconciliation } from './run-reconciliation.ts';

const hourMs = 3_600_000;
const extraInputs = [input.durableClient()];

async function reconcile(context: InvocationContext, sinceMs: number): Promise<void> {
  const { table } = await import('../../shared/adapters/tables/table.ts');
  const { orderChanges } = await import('../orders/ports.ts');
  const { payments } = await import('../payments/ports.ts');
  const { products } = await import('../products/ports.ts');
  const { raiseTask, tasks } = await import('../operations/ports.ts');
  const { stock } = await import('../inventory/ports.ts');
  const client = getClient(context);
  const counts = await runReconciliation(
    {
      orderChanges,
      payments,
      products,
      raiseTask,
      stock,
      orders: table(tables.orders),
      startSaga: (orderId) => startSaga(client, orderId),
      warn: (message) => context.warn(message),
      openTasks: () => openTasks(tasks),
      closeTask: (taskId, note) => closeTask({ tasks, now: Date.now }, taskId, note),
    },
    new Date(),
    sinceMs,
  );
  context.log(`reconciled: ${JSON.stringify(counts)}`);
}

async function* openTasks(tasks: TaskStore): AsyncGenerator<OperatorTask> {
  let continuation: string | undefined;
  do {
    const page = await tasks.list('open', { limit: 100, continuation });
    yield* page.items;
    continuation = page.continuation;
  } while (continuation !== undefined);
}

app.timer('reconcile', {
  schedule: '0 40 * * * *',
  extraInputs,
  handler: (_timer, context) => reconcile(context, 3 * hourMs),
});

app.timer('reconcileNightly', {
  schedule: '0 10 2 * * *',
  extraInputs,
  handler: (_timer, context) => reconcile(context, 8 * 24 * hourMs),
});
