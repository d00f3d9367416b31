import { paymentSaga } from '../../shared/orders/payment-saga.ts';
import { done, record, sagaActivity } from './saga-activity.ts';

sagaActivity(paymentSaga.needsAttention, async (order, { step = '', detail = '' }) => {
  await record(order, `failed/${step}`, { type: 'CompensationFailed', data: { step, detail: detail.slice(0, 1000) } });
  return done;
});
