import { ports } from '../../shared/adapters/ports.ts';
import { sellItems } from '../../shared/inventory/reserve-items.ts';
import { appendEvents } from '../../shared/orders/append-events.ts';
import { done, sagaStep } from './saga-activity.ts';

// Completed first, sold after: a cancellation asked for in between is refused, and a crash in between sells on the next try.
sagaStep('complete-order', async ({ orderId, items }) => {
  const { status } = await appendEvents(ports().orderChanges, orderId, (order) =>
    order.cancelRequested ? [] : [{ event: { type: 'OrderCompleted', data: {} }, step: 'complete-order' }],
  );
  if (status !== 'completed') return { outcome: 'stopped', reason: 'cancelled-by-customer' };
  await sellItems(ports().stock, orderId, items);
  return done;
});
