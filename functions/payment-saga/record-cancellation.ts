import { appendEvents } from '../../shared/orders/append-events.ts';
import { paymentSaga } from '../../shared/orders/payment-saga.ts';
import { decideCancelled } from '../../shared/orders/saga-decisions.ts';
import { done, sagaActivity } from './saga-activity.ts';

sagaActivity(paymentSaga.cancel, async ({ orderId }, { reason = 'saga-failed', payment = 'nothing-charged' }) => {
  const { orderChanges } = await import('../orders/ports.ts');
  await appendEvents(orderChanges, orderId, (order) => decideCancelled(order, reason, payment));
  return done;
});
