import { done, record, sagaStep } from './saga-activity.ts';

sagaStep('authorise-payment', async (order, history) => {
  // A provider's keys do not last for ever: after them a second question would be a second charge.
  if (order.payment.paymentId !== undefined) return done;
  const { orderId, total, paymentMethod } = order;
  const { payments } = await import('../payments/ports.ts');
  const authorisation = await payments.authorise({ orderId, total, method: paymentMethod });
  if (authorisation.outcome === 'declined') {
    await record(history, 'authorise-payment', { type: 'PaymentDeclined', data: { reason: authorisation.reason } });
    return { outcome: 'stopped', reason: 'payment-declined' };
  }
  const { paymentId } = authorisation;
  await record(history, 'authorise-payment', { type: 'PaymentAuthorised', data: { paymentId, amount: total } });
  return done;
});
