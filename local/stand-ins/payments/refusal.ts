// The provider's errors as its API words them (https://docs.stripe.com/error-codes); its SDK turns `type` into an error class.
import type { Answer } from '../exchange.ts';

export interface Refusal {
  readonly status: number;
  readonly type: 'invalid_request_error' | 'card_error' | 'idempotency_error';
  readonly message: string;
  readonly code?: string;
  readonly declineCode?: string;
  readonly param?: string;
}

export function invalidRequest(code: string | undefined, message: string, param?: string): Refusal {
  return { status: 400, type: 'invalid_request_error', message, ...(code && { code }), ...(param && { param }) };
}

export function missingParameter(param: string): Refusal {
  return invalidRequest('parameter_missing', `Missing required param: ${param}.`, param);
}

export function noSuch(kind: string, id: string): Refusal {
  return { ...invalidRequest('resource_missing', `No such ${kind}: '${id}'`, 'id'), status: 404 };
}

export function noSuchIntent(id: string): Refusal {
  return { ...invalidRequest('resource_missing', `No such payment_intent: '${id}'`, 'intent'), status: 404 };
}

export function unexpectedState(message: string): Refusal {
  return invalidRequest('payment_intent_unexpected_state', message);
}

/** The error's JSON; `intent` is the PaymentIntent as the refusal left it. */
export function refusalAnswer(refusal: Refusal, intent?: { readonly latest_charge: string | null }): Answer {
  const { status, type, message, code, declineCode, param } = refusal;
  const error = {
    type,
    message,
    ...(code && { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
    ...(declineCode && { decline_code: declineCode }),
    ...(param && { param }),
    ...(intent && { payment_intent: intent }),
    ...(intent && type === 'card_error' && { charge: intent.latest_charge }),
  };
  return { status, body: { error } };
}
