// The payment provider's API under /v1, as much of it as the `stripe` package needs to authorise, capture, cancel, refund and look up.
// Test mode only: money is a row in the store. Webhooks are not sent.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Store } from '../../store/store.ts';
import type { Answer, StandIn, StandInRequest } from '../exchange.ts';
import { createTurns, listRecords, readRecord, writeRecord } from '../records.ts';
import { cancel, capture, confirm, outcomeAnswer, type PaymentChange, refund } from './changes.ts';
import { type Form, parseForm, textOf } from './form.ts';
import { type Conclude, createIdempotency } from './idempotency.ts';
import { isRefusal, newIntentWish } from './parameters.ts';
import { confirmIntent, createIntent, type Payment, type PaymentIntent, refundedMinor } from './payment-intent.ts';
import { invalidRequest, missingParameter, noSuchIntent, type Refusal, refusalAnswer } from './refusal.ts';
import { parseSearch } from './search.ts';

const paymentSpace = 'stand-ins.payments';

export interface PaymentProvider {
  readonly handle: StandIn;
  /** One row a PaymentIntent, oldest first; captured is gross, refunds stand apart. */
  ledger(): Promise<LedgerRow[]>;
}

interface LedgerRow {
  readonly id: string;
  readonly orderId: string | null;
  readonly status: PaymentIntent['status'];
  readonly amountMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
}

interface Provider {
  readonly store: Store;
  readonly clock: Clock;
  /** Runs one change of a payment after the other. */
  readonly inTurn: ReturnType<typeof createTurns>;
}

export function createPaymentProvider({ store, clock }: { store: Store; clock: Clock }): PaymentProvider {
  const provider: Provider = { store, clock, inTurn: createTurns() };
  const executeOnce = createIdempotency(store);
  return {
    handle: async (request) => {
      if (!request.headers.authorization) return refusalAnswer(unauthorised());
      if (request.method === 'GET') return get(provider, request);
      if (request.method !== 'POST') return refusalAnswer(unknownUrl(request));
      return executeOnce(request, (conclude) => post(provider, request, conclude));
    },
    ledger: async () => (await listRecords<Payment>(store, paymentSpace)).map(ledgerRow),
  };
}

const changesByAction: ReadonlyMap<string, PaymentChange> = new Map(Object.entries({ confirm, capture, cancel }));

async function post(provider: Provider, request: StandInRequest, conclude: Conclude): Promise<Answer> {
  const form = parseForm(request.body);
  const { resource, id, action } = pathOf(request);
  if (resource === 'payment_intents' && id === undefined) return create(provider, form, conclude);
  if (resource === 'payment_intents' && id !== undefined && action !== undefined) {
    const decide = changesByAction.get(action);
    if (decide) return change(provider, id, form, decide, conclude);
  }
  if (resource === 'refunds' && id === undefined) {
    const intentId = textOf(form, 'payment_intent');
    if (intentId === undefined) return refusalAnswer(missingParameter('payment_intent'));
    return change(provider, intentId, form, refund, conclude);
  }
  return refusalAnswer(unknownUrl(request));
}

async function create({ clock }: Provider, form: Form, conclude: Conclude): Promise<Answer> {
  const wish = newIntentWish(form);
  if (isRefusal(wish)) return refusalAnswer(wish);
  const nowMs = clock.now();
  const created = createIntent({ ...wish, id: newIntentId(nowMs), createdAtSeconds: Math.floor(nowMs / 1000) });
  const outcome = textOf(form, 'confirm') === 'true' ? confirmIntent(created) : { intent: created };
  const payment: Payment = { intent: outcome.intent, refunds: [] };
  const changes = [writeRecord(paymentSpace, created.id, payment)];
  return conclude({ answer: outcomeAnswer(outcome), changes, executed: true });
}

function change(
  { store, clock, inTurn }: Provider,
  id: string,
  form: Form,
  decide: PaymentChange,
  conclude: Conclude,
): Promise<Answer> {
  return inTurn(id, async () => {
    const payment = await readRecord<Payment>(store, paymentSpace, id);
    if (!payment) return refusalAnswer(noSuchIntent(id));
    const decision = decide(payment, form, Math.floor(clock.now() / 1000));
    if (isRefusal(decision)) return refusalAnswer(decision);
    const changes = [writeRecord(paymentSpace, id, decision.payment)];
    return conclude({ answer: decision.answer, changes, executed: true });
  });
}

async function get({ store }: Provider, request: StandInRequest): Promise<Answer> {
  const { resource, id, action } = pathOf(request);
  const query = request.url.searchParams;
  if (action !== undefined) return refusalAnswer(unknownUrl(request));
  if (resource === 'refunds' && id === undefined) {
    const of = await readRecord<Payment>(store, paymentSpace, query.get('payment_intent') ?? '');
    return listAnswer('list', request, of?.refunds.toReversed() ?? []);
  }
  if (resource !== 'payment_intents') return refusalAnswer(unknownUrl(request));
  if (id === 'search') return search(store, request);
  if (id !== undefined) {
    const payment = await readRecord<Payment>(store, paymentSpace, id);
    return payment ? { status: 200, body: payment.intent } : refusalAnswer(noSuchIntent(id));
  }
  return listAnswer('list', request, await newestFirst(store));
}

async function search(store: Store, request: StandInRequest): Promise<Answer> {
  const query = request.url.searchParams.get('query');
  if (query === null) return refusalAnswer(missingParameter('query'));
  const matches = parseSearch(query);
  if (!matches) {
    const message =
      "This query is not understood. Use metadata['key']:'value', status:'…' and currency:'…' joined by AND.";
    return refusalAnswer(invalidRequest(undefined, message, 'query'));
  }
  return listAnswer('search_result', request, (await newestFirst(store)).filter(matches));
}

async function newestFirst(store: Store): Promise<PaymentIntent[]> {
  return (await listRecords<Payment>(store, paymentSpace)).map(({ intent }) => intent).toReversed();
}

/** A page of at most `limit` (1 to 100, default 10) objects; `starting_after` or `page` name the last id already seen. */
function listAnswer(object: 'list' | 'search_result', request: StandInRequest, all: readonly { id: string }[]): Answer {
  const query = request.url.searchParams;
  const limit = Math.min(100, Math.max(1, Number(query.get('limit') ?? 10) || 10));
  const after = query.get('starting_after') ?? query.get('page');
  const rest = after === null ? all : all.slice(all.findIndex(({ id }) => id === after) + 1);
  const data = rest.slice(0, limit);
  const hasMore = rest.length > limit;
  const nextPage = object === 'search_result' && { next_page: hasMore ? data.at(-1)?.id : null };
  return { status: 200, body: { object, url: request.url.pathname, has_more: hasMore, data, ...nextPage } };
}

function pathOf(request: StandInRequest): { resource?: string; id?: string; action?: string } {
  const [resource, id, action] = request.url.pathname.replace(/^\/v1\//, '').split('/');
  return { ...(resource && { resource }), ...(id && { id }), ...(action && { action }) };
}

/** Ids ascend with time, hence the store's order is the order of creation. */
function newIntentId(nowMs: number): string {
  return `pi_${nowMs.toString(36).padStart(9, '0')}${randomBytes(8).toString('hex')}`;
}

function ledgerRow({ intent, refunds }: Payment): LedgerRow {
  return {
    id: intent.id,
    orderId: intent.metadata['orderId'] ?? null,
    status: intent.status,
    amountMinor: intent.amount,
    capturedMinor: intent.amount_received,
    refundedMinor: refundedMinor({ intent, refunds }),
    currency: intent.currency.toUpperCase(),
  };
}

function unknownUrl({ method, url }: StandInRequest): Refusal {
  return { ...invalidRequest(undefined, `Unrecognized request URL (${method}: ${url.pathname}).`), status: 404 };
}

function unauthorised(): Refusal {
  const message =
    'You did not provide an API key. Send any test key, for example `Authorization: Bearer sk_test_local`.';
  return { ...invalidRequest(undefined, message), status: 401 };
}
