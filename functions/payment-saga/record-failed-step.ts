import { appendEvents } from '../../shared/orders/append-events.ts';
import { paymentSaga } from '../../shared/orders/payment-saga.ts';
import { decideStepFailed } from '../../shared/orders/saga-decisions.ts';
import { done, sagaActivity } from './saga-activity.ts';

// Done is the answer where the order was completed after all; nothing may be undone then.
sagaActivity(paymentSaga.failed, async ({ orderId }, { step = '', detail = '' }) => {
  const { orderChanges } = await import('../orders/ports.ts');
  const { status } = await appendEvents(orderChanges, orderId, (order) => decideStepFailed(order, step, detail));
  return status === 'completed' ? done : { outcome: 'stopped', reason: 'saga-failed' };
});
