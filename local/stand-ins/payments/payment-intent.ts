// A PaymentIntent's life as pure decisions (https://docs.stripe.com/payments/paymentintents/lifecycle). No network, no store:
// an intent and a wish in, the intent afterwards or a refusal out. A declined card is both.
import { invalidRequest, type Refusal, unexpectedState } from './refusal.ts';
import { bankAnswer, type Decline } from './test-cards.ts';

type IntentStatus = 'requires_payment_method' | 'requires_confirmation' | 'requires_capture' | 'succeeded' | 'canceled';

/** The provider's own names: this is what its API answers. Amounts in minor units, times in seconds. */
export interface PaymentIntent {
  readonly id: string;
  readonly object: 'payment_intent';
  readonly amount: number;
  readonly amount_capturable: number;
  readonly amount_received: number;
  readonly canceled_at: number | null;
  readonly cancellation_reason: string | null;
  readonly capture_method: 'automatic' | 'automatic_async' | 'manual';
  readonly client_secret: string;
  readonly confirmation_method: 'automatic';
  readonly created: number;
  readonly currency: string;
  readonly description: string | null;
  readonly last_payment_error: Readonly<Record<string, unknown>> | null;
  readonly latest_charge: string | null;
  readonly livemode: false;
  readonly metadata: Readonly<Record<string, string>>;
  readonly next_action: null;
  readonly payment_method: string | null;
  readonly payment_method_types: readonly string[];
  readonly receipt_email: string | null;
  readonly status: IntentStatus;
}

export interface Refund {
  readonly id: string;
  readonly object: 'refund';
  readonly amount: number;
  readonly charge: string | null;
  readonly created: number;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly payment_intent: string;
  readonly reason: string | null;
  readonly status: 'succeeded';
}

/** What is stored of one payment. */
export interface Payment {
  readonly intent: PaymentIntent;
  readonly refunds: readonly Refund[];
}

export interface Outcome {
  readonly intent: PaymentIntent;
  readonly refusal?: Refusal;
}

export interface NewIntent {
  readonly id: string;
  readonly createdAtSeconds: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly captureMethod: PaymentIntent['capture_method'];
  readonly paymentMethod?: string | undefined;
  readonly description?: string | undefined;
  readonly receiptEmail?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export function createIntent(wish: NewIntent): PaymentIntent {
  return {
    id: wish.id,
    object: 'payment_intent',
    amount: wish.amountMinor,
    amount_capturable: 0,
    amount_received: 0,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: wish.captureMethod,
    client_secret: `${wish.id}_secret_local`,
    confirmation_method: 'automatic',
    created: wish.createdAtSeconds,
    currency: wish.currency,
    description: wish.description ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: wish.metadata,
    next_action: null,
    payment_method: wish.paymentMethod ?? null,
    payment_method_types: ['card'],
    receipt_email: wish.receiptEmail ?? null,
    status: wish.paymentMethod ? 'requires_confirmation' : 'requires_payment_method',
  };
}

/** Asks the card's bank: authorised (`manual`), charged (`automatic`) or declined. */
export function confirmIntent(intent: PaymentIntent, paymentMethod = intent.payment_method): Outcome {
  if (intent.status !== 'requires_payment_method' && intent.status !== 'requires_confirmation') {
    return {
      intent,
      refusal: unexpectedState(`You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`),
    };
  }
  if (paymentMethod === null) {
    const message = "You cannot confirm this PaymentIntent because it's missing a payment method.";
    return { intent, refusal: unexpectedState(message) };
  }
  const answer = bankAnswer(paymentMethod);
  if (answer === undefined) return { intent, refusal: noSuchPaymentMethod(paymentMethod) };
  const charged = { ...intent, latest_charge: intent.id.replace(/^pi_/, 'ch_') };
  if (answer !== 'approved') return declineIntent(charged, paymentMethod, answer);
  const authorised = { ...charged, payment_method: paymentMethod, last_payment_error: null };
  return {
    intent:
      intent.capture_method === 'manual'
        ? { ...authorised, status: 'requires_capture', amount_capturable: intent.amount }
        : { ...authorised, status: 'succeeded', amount_received: intent.amount },
  };
}

export function noSuchPaymentMethod(name: string): Refusal {
  return invalidRequest('resource_missing', `No such PaymentMethod: '${name}'`, 'payment_method');
}

function declineIntent(intent: PaymentIntent, paymentMethod: string, decline: Decline): Outcome {
  const { code, declineCode, message } = decline;
  const refusal: Refusal = { status: 402, type: 'card_error', code, message, ...(declineCode && { declineCode }) };
  const lastError = {
    type: 'card_error',
    code,
    message,
    ...(declineCode && { decline_code: declineCode }),
    charge: intent.latest_charge,
    payment_method: { id: paymentMethod, object: 'payment_method', type: 'card' },
  };
  return {
    intent: { ...intent, status: 'requires_payment_method', payment_method: null, last_payment_error: lastError },
    refusal,
  };
}

/** Captures all of the authorised amount or a part; the rest is released. */
export function captureIntent(intent: PaymentIntent, amountMinor = intent.amount_capturable): Outcome {
  if (intent.status !== 'requires_capture') {
    const message =
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. ` +
      'Only a PaymentIntent with one of the following statuses may be captured: requires_capture.';
    return { intent, refusal: unexpectedState(message) };
  }
  if (amountMinor > intent.amount_capturable) {
    const message =
      'Payment Intent could not be captured because the requested capture amount is greater than ' +
      'the amount you can capture for this charge.';
    return { intent, refusal: invalidRequest('amount_too_large', message, 'amount_to_capture') };
  }
  return { intent: { ...intent, status: 'succeeded', amount_capturable: 0, amount_received: amountMinor } };
}

/** Cancels what is not charged yet; an authorisation is released. */
export function cancelIntent(intent: PaymentIntent, atSeconds: number, reason: string | null): Outcome {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    const message =
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of ` +
      'the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation.';
    return { intent, refusal: unexpectedState(message) };
  }
  const released = { amount_capturable: 0, canceled_at: atSeconds, cancellation_reason: reason };
  return { intent: { ...intent, ...released, status: 'canceled' } };
}

export function refundedMinor(payment: Payment): number {
  return payment.refunds.reduce((sum, refund) => sum + refund.amount, 0);
}

/** The amount a refund may have, or why there is none. Without a wish it is all that is left. */
export function refundableAmount(payment: Payment, wishedMinor?: number): number | Refusal {
  const { intent } = payment;
  const leftMinor = intent.amount_received - refundedMinor(payment);
  if (intent.status !== 'succeeded') {
    return unexpectedState(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
  }
  if (leftMinor === 0) {
    return invalidRequest('charge_already_refunded', `Charge ${intent.latest_charge} has already been refunded.`);
  }
  if (wishedMinor !== undefined && wishedMinor > leftMinor) {
    const message = `Refund amount (${wishedMinor}) is greater than unrefunded amount on charge (${leftMinor}).`;
    return invalidRequest(undefined, message, 'amount');
  }
  return wishedMinor ?? leftMinor;
}
