import { paymentSaga } from '../../shared/orders/payment-saga.ts';
import { done, record, sagaActivity } from './saga-activity.ts';

sagaActivity(paymentSaga.cancel, async (order, { reason = 'saga-failed', payment = 'nothing-charged' }) => {
  await record(order, 'cancel-order', { type: 'OrderCancelled', data: { reason, payment } });
  return done;
});
