// The provider's search language, as far as a payment is looked up by its metadata or status:
// `metadata['orderId']:'7' AND status:'succeeded'` (https://docs.stripe.com/search).
import type { PaymentIntent } from './payment-intent.ts';

const clausePattern = /^(?:metadata\[(['"])(?<key>[^'"]+)\1\]|(?<field>status|currency)):(['"])(?<value>[^'"]*)\4$/;

/**
 * The query as a predicate, undefined when it is not understood.
 * Differs from Azure (here: from Stripe): only `AND` of equalities, and a new payment is found at once, not within a minute.
 */
export function parseSearch(query: string): ((intent: PaymentIntent) => boolean) | undefined {
  const tests: Array<(intent: PaymentIntent) => boolean> = [];
  for (const clause of query.trim().split(/\s+AND\s+/)) {
    const { key, field, value } = clausePattern.exec(clause)?.groups ?? {};
    if (value === undefined) return undefined;
    if (key !== undefined) tests.push((intent) => intent.metadata[key] === value);
    else tests.push((intent) => intent[field as 'status' | 'currency'] === value);
  }
  return (intent) => tests.every((test) => test(intent));
}
