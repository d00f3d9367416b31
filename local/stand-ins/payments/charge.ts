// The charge behind a payment, as the provider tells it where a request asks to expand it: what went back stands here, not in the intent.
import { type Payment, refundedMinor } from './payment-intent.ts';

export type Charge = ReturnType<typeof chargeOf>;

export function chargeOf(payment: Payment) {
  const { intent } = payment;
  const refunded = refundedMinor(payment);
  return {
    id: intent.latest_charge,
    object: 'charge',
    amount: intent.amount,
    amount_captured: intent.amount_received,
    amount_refunded: refunded,
    captured: intent.status === 'succeeded',
    created: intent.created,
    currency: intent.currency,
    livemode: false,
    metadata: intent.metadata,
    paid: intent.last_payment_error === null,
    payment_intent: intent.id,
    payment_method: intent.payment_method,
    refunded: refunded > 0 && refunded === intent.amount_received,
    status: intent.last_payment_error === null ? 'succeeded' : 'failed',
  } as const;
}
