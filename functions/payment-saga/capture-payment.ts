import { holdMs, keepItems } from '../../shared/inventory/reserve-items.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { done, record, sagaStep } from './saga-activity.ts';

// The goods are kept before the money is taken, for longer than taking it can last.
sagaStep('capture-payment', async (order, history) => {
  const { orderId, items, total, payment } = order;
  if (payment.status === 'captured') return done;
  const { paymentId } = payment;
  if (paymentId === undefined)
    throw new AppError('broken-invariant', `Order ${orderId} is captured before it is authorised`);
  const { stock } = await import('../inventory/ports.ts');
  const kept = await keepItems(stock, orderId, items, Date.now() + holdMs);
  if (kept === 'lost') return { outcome: 'stopped', reason: 'reservation-expired' };
  const { payments } = await import('../payments/ports.ts');
  const outcome = await payments.capture(orderId, paymentId);
  if (outcome === 'lapsed') return { outcome: 'failed', detail: 'the provider has let the authorisation go' };
  await record(history, 'capture-payment', { type: 'PaymentCaptured', data: { paymentId, amount: total } });
  return done;
});
