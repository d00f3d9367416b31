import { ports } from '../../shared/adapters/ports.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { done, record, sagaStep } from './saga-activity.ts';

sagaStep('capture-payment', async (order) => {
  const { paymentId } = order.payment;
  if (paymentId === undefined)
    throw new AppError('broken-invariant', `Order ${order.orderId} is captured before it is authorised`);
  await ports().payments.capture(order.orderId, paymentId);
  await record(order, 'capture-payment', { type: 'PaymentCaptured', data: { paymentId, amount: order.total } });
  return done;
});
