import { ports } from '../../shared/adapters/ports.ts';
import { appendEvents } from '../../shared/orders/append-events.ts';
import { paymentSaga } from '../../shared/orders/payment-saga.ts';
import { decideCancelled } from '../../shared/orders/saga-decisions.ts';
import { done, sagaActivity } from './saga-activity.ts';

sagaActivity(paymentSaga.cancel, async ({ orderId }, { reason = 'saga-failed', payment = 'nothing-charged' }) => {
  await appendEvents(ports().orderChanges, orderId, (order) => decideCancelled(order, reason, payment));
  return done;
});
