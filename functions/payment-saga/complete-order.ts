import { holdMs, keepItems, sellItems } from '../../shared/inventory/reserve-items.ts';
import { appendEventsTo } from '../../shared/orders/append-events.ts';
import { refusalOf } from '../../shared/orders/saga-decisions.ts';
import { done, sagaStep } from './saga-activity.ts';

// Completed first, sold after: a cancellation asked for in between is refused, and a crash in between sells on the next try.
sagaStep('complete-order', async ({ orderId, items }, history) => {
  // Once more, now that the payment is recorded: what is kept from here on, no sweep gives back.
  const { stock } = await import('../inventory/ports.ts');
  const kept = await keepItems(stock, orderId, items, Date.now() + holdMs);
  if (kept === 'lost') return { outcome: 'stopped', reason: 'reservation-expired' };
  const { orderChanges } = await import('../orders/ports.ts');
  const order = await appendEventsTo(orderChanges, history, (now) =>
    refusalOf(now) === undefined ? [{ event: { type: 'OrderCompleted', data: {} }, step: 'complete-order' }] : [],
  );
  const refusal = refusalOf(order);
  if (refusal !== undefined) return refusal;
  await sellItems(stock, orderId, items);
  return done;
});
