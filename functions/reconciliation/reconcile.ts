// Every hour what changed of late, every night as far back as an authorisation lives.
import { app, type InvocationContext } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { ports } from '../../shared/adapters/ports.ts';
import { tables } from '../../shared/kernel/topology.ts';
import { startSaga } from '../payment-saga/saga-instance.ts';
import { runReconciliation } from './run-reconciliation.ts';

const hourMs = 3_600_000;
const extraInputs = [input.durableClient()];

async function reconcile(context: InvocationContext, sinceMs: number): Promise<void> {
  const { connections, orderChanges, payments, products, raiseTask, stock } = ports();
  const client = getClient(context);
  const counts = await runReconciliation(
    {
      orderChanges,
      payments,
      products,
      raiseTask,
      stock,
      orders: connections.table(tables.orders),
      startSaga: (orderId) => startSaga(client, orderId),
      warn: (message) => context.warn(message),
    },
    new Date(),
    sinceMs,
  );
  context.log(`reconciled: ${JSON.stringify(counts)}`);
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
