// What the provider's requests may carry: known names, whole amounts, a currency. Anything else is refused before an effect.
import { type Form, textOf, textsOf } from './form.ts';
import { type NewIntent, noSuchPaymentMethod } from './payment-intent.ts';
import { invalidRequest, missingParameter, type Refusal } from './refusal.ts';
import { bankAnswer } from './test-cards.ts';

const largestAmountMinor = 99_999_999;
const captureMethods = ['automatic', 'automatic_async', 'manual'] as const;

const createNames = (
  'amount automatic_payment_methods capture_method confirm confirmation_method currency description error_on_requires_action ' +
  'expand metadata off_session payment_method payment_method_types receipt_email return_url shipping statement_descriptor ' +
  'statement_descriptor_suffix transfer_group'
).split(' ');

export function refuseUnknownNames(form: Form, names: readonly string[]): Refusal | undefined {
  const unknown = Object.keys(form).find((name) => !names.includes(name));
  if (unknown === undefined) return undefined;
  return invalidRequest('parameter_unknown', `Received unknown parameter: ${unknown}`, unknown);
}

/** A whole positive amount in minor units, undefined when the name is missing. */
export function amountOf(form: Form, name: string): number | undefined | Refusal {
  const text = textOf(form, name);
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text)) {
    return invalidRequest('parameter_invalid_integer', `Invalid integer: ${text}`, name);
  }
  const amountMinor = Number(text);
  if (amountMinor < 1) {
    return invalidRequest('parameter_invalid_integer', 'This value must be greater than or equal to 1.', name);
  }
  if (amountMinor > largestAmountMinor) {
    return invalidRequest('amount_too_large', `Amount must be no more than ${largestAmountMinor}.`, name);
  }
  return amountMinor;
}

/** The wish behind POST /v1/payment_intents, or the first thing wrong with it. */
export function newIntentWish(form: Form): Omit<NewIntent, 'id' | 'createdAtSeconds'> | Refusal {
  const unknown = refuseUnknownNames(form, createNames);
  if (unknown) return unknown;
  const amountMinor = amountOf(form, 'amount');
  if (amountMinor === undefined) return missingParameter('amount');
  if (typeof amountMinor !== 'number') return amountMinor;
  const currency = textOf(form, 'currency')?.toLowerCase();
  if (currency === undefined) return missingParameter('currency');
  if (!/^[a-z]{3}$/.test(currency)) {
    return invalidRequest('parameter_invalid_string', `Invalid currency: ${currency}`, 'currency');
  }
  const wishedMethod = textOf(form, 'capture_method') ?? 'automatic_async';
  const captureMethod = captureMethods.find((known) => known === wishedMethod);
  if (captureMethod === undefined) {
    const message = `Invalid capture_method: must be one of ${captureMethods.join(', ')}`;
    return invalidRequest(undefined, message, 'capture_method');
  }
  const paymentMethod = textOf(form, 'payment_method');
  if (paymentMethod !== undefined && bankAnswer(paymentMethod) === undefined) return noSuchPaymentMethod(paymentMethod);
  return {
    amountMinor,
    currency,
    captureMethod,
    paymentMethod,
    description: textOf(form, 'description'),
    receiptEmail: textOf(form, 'receipt_email'),
    metadata: textsOf(form, 'metadata'),
  };
}

/** Tells a refusal from what a parameter parsed to. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'status' in value && 'type' in value && 'message' in value;
}
