// What POST does to a payment that exists: the form's parameters checked, then the decision of payment-intent.ts.
import type { Answer } from '../exchange.ts';
import { type Form, textOf, textsOf } from './form.ts';
import { amountOf, isRefusal, refuseUnknownNames } from './parameters.ts';
import {
  cancelIntent,
  captureIntent,
  confirmIntent,
  type Outcome,
  type Payment,
  type Refund,
  refundableAmount,
} from './payment-intent.ts';
import { type Refusal, refusalAnswer } from './refusal.ts';

/** The payment afterwards and the answer, or what is wrong with the parameters. */
export type PaymentChange = (payment: Payment, form: Form, nowSeconds: number) => ChangedPayment | Refusal;

interface ChangedPayment {
  readonly payment: Payment;
  readonly answer: Answer;
}

export const confirm: PaymentChange = (payment, form) => {
  const unknown = refuseUnknownNames(form, ['payment_method', 'expand', 'off_session', 'return_url', 'receipt_email']);
  return unknown ?? settle(payment, confirmIntent(payment.intent, textOf(form, 'payment_method')));
};

export const capture: PaymentChange = (payment, form) => {
  const unknown = refuseUnknownNames(form, ['amount_to_capture', 'expand', 'metadata', 'statement_descriptor']);
  if (unknown) return unknown;
  const amountMinor = amountOf(form, 'amount_to_capture');
  return isRefusal(amountMinor) ? amountMinor : settle(payment, captureIntent(payment.intent, amountMinor));
};

export const cancel: PaymentChange = (payment, form, nowSeconds) => {
  const unknown = refuseUnknownNames(form, ['cancellation_reason', 'expand']);
  const reason = textOf(form, 'cancellation_reason') ?? null;
  return unknown ?? settle(payment, cancelIntent(payment.intent, nowSeconds, reason));
};

export const refund: PaymentChange = (payment, form, nowSeconds) => {
  const unknown = refuseUnknownNames(form, ['payment_intent', 'amount', 'reason', 'metadata', 'expand']);
  if (unknown) return unknown;
  const wishedMinor = amountOf(form, 'amount');
  if (isRefusal(wishedMinor)) return wishedMinor;
  const amountMinor = refundableAmount(payment, wishedMinor);
  if (isRefusal(amountMinor)) return amountMinor;
  const { intent, refunds } = payment;
  const made: Refund = {
    id: `${intent.id.replace(/^pi_/, 're_')}_${refunds.length + 1}`,
    object: 'refund',
    amount: amountMinor,
    charge: intent.latest_charge,
    created: nowSeconds,
    currency: intent.currency,
    metadata: textsOf(form, 'metadata'),
    payment_intent: intent.id,
    reason: textOf(form, 'reason') ?? null,
    status: 'succeeded',
  };
  return { payment: { intent, refunds: [...refunds, made] }, answer: { status: 200, body: made } };
};

/** A PaymentIntent's answer: itself, or the refusal with the intent inside. */
export function outcomeAnswer({ intent, refusal }: Outcome): Answer {
  return refusal ? refusalAnswer(refusal, intent) : { status: 200, body: intent };
}

function settle(payment: Payment, outcome: Outcome): ChangedPayment {
  return { payment: { ...payment, intent: outcome.intent }, answer: outcomeAnswer(outcome) };
}
