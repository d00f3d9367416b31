// The payment provider's API under /v1, as much of it as the `stripe` package needs to authorise, capture, cancel, refund and look up.
// Test mode only: money is a row in the store. Every change is told to the webhooks that want it.
import type { Troubles } from '../../troubles.ts';
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Change, Store } from '../../store/store.ts';
import type { Mode } from '../faults.ts';
import type { Answer, StandIn, StandInRequest } from '../exchange.ts';
import { createTurns, listRecords, readRecord, writeRecord } from '../records.ts';
import { cancel, capture, confirm, outcomeAnswer, type PaymentChange, refund } from './changes.ts';
import { chargeOf } from './charge.ts';
import { type Form, parseForm, textOf } from './form.ts';
import { type Conclude, createIdempotency } from './idempotency.ts';
import { createdFilter, keyOfTime, listAnswer } from './lists.ts';
import { isRefusal, newIntentWish } from './parameters.ts';
import { eventsOf } from './payment-events.ts';
import { confirmIntent, createIntent, type Payment, type PaymentIntent, refundedMinor } from './payment-intent.ts';
import { invalidRequest, missingParameter, noSuch, noSuchIntent, type Refusal, refusalAnswer } from './refusal.ts';
import { parseSearch } from './search.ts';
import { newEndpoint, webhookSecret } from './webhook-endpoints.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

const paymentSpace = 'stand-ins.payments';

export interface PaymentProvider {
  readonly handle: StandIn;
  /** One row a PaymentIntent, oldest first; captured is gross, refunds stand apart. */
  ledger(): Promise<LedgerRow[]>;
  /** No webhook is sent after it. */
  close(): void;
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
  readonly webhooks: Webhooks;
}

/** `nextFault` is what the next webhook meets. */
export function createPaymentProvider(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly nextFault: () => Mode;
  readonly troubles: Troubles;
}): PaymentProvider {
  const { store, clock } = options;
  const webhooks = createWebhooks(options);
  const provider: Provider = { store, clock, inTurn: createTurns(), webhooks };
  const executeOnce = createIdempotency(store);
  return {
    handle: async (request) => {
      if (!request.headers.authorization) return refusalAnswer(unauthorised());
      if (request.method === 'GET') return get(provider, request);
      if (request.method === 'DELETE') return remove(provider, request);
      if (request.method !== 'POST') return refusalAnswer(unknownUrl(request));
      return executeOnce(request, (conclude) => post(provider, request, conclude));
    },
    ledger: async () => (await listRecords<Payment>(store, paymentSpace)).map(ledgerRow),
    close: () => webhooks.close(),
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
  if (resource === 'webhook_endpoints' && id === undefined) return addEndpoint(provider, form, conclude);
  return refusalAnswer(unknownUrl(request));
}

async function create(provider: Provider, form: Form, conclude: Conclude): Promise<Answer> {
  const wish = newIntentWish(form);
  if (isRefusal(wish)) return refusalAnswer(wish);
  const nowMs = provider.clock.now();
  const created = createIntent({ ...wish, id: newIntentId(nowMs), createdAtSeconds: Math.floor(nowMs / 1000) });
  const outcome = textOf(form, 'confirm') === 'true' ? confirmIntent(created) : { intent: created };
  const payment: Payment = { intent: outcome.intent, refunds: [] };
  return storeChange(provider, undefined, payment, outcomeAnswer(outcome), conclude);
}

function change(
  provider: Provider,
  id: string,
  form: Form,
  decide: PaymentChange,
  conclude: Conclude,
): Promise<Answer> {
  return provider.inTurn(id, async () => {
    const payment = await readRecord<Payment>(provider.store, paymentSpace, id);
    if (!payment) return refusalAnswer(noSuchIntent(id));
    const decision = decide(payment, form, Math.floor(provider.clock.now() / 1000));
    if (isRefusal(decision)) return refusalAnswer(decision);
    return storeChange(provider, payment, decision.payment, decision.answer, conclude);
  });
}

/** The payment, its answer and what is told of it go to disk together. */
async function storeChange(
  { clock, webhooks }: Provider,
  before: Payment | undefined,
  after: Payment,
  answer: Answer,
  conclude: Conclude,
): Promise<Answer> {
  const told = await webhooks.note(eventsOf(before, after, clock.now()));
  const changes: Change[] = [writeRecord(paymentSpace, after.intent.id, after), ...told.changes];
  const concluded = await conclude({ answer, changes, executed: true });
  told.send();
  return concluded;
}

async function addEndpoint({ clock, webhooks }: Provider, form: Form, conclude: Conclude): Promise<Answer> {
  const endpoint = newEndpoint(form, Math.floor(clock.now() / 1000));
  if (isRefusal(endpoint)) return refusalAnswer(endpoint);
  await webhooks.add(endpoint);
  return conclude({
    answer: { status: 200, body: { ...endpoint, secret: webhookSecret } },
    changes: [],
    executed: true,
  });
}

async function remove({ webhooks }: Provider, request: StandInRequest): Promise<Answer> {
  const { resource, id, action } = pathOf(request);
  if (resource !== 'webhook_endpoints' || id === undefined || action !== undefined) {
    return refusalAnswer(unknownUrl(request));
  }
  if (!(await webhooks.remove(id))) return refusalAnswer(noSuch('webhook_endpoint', id));
  return { status: 200, body: { id, object: 'webhook_endpoint', deleted: true } };
}

async function get({ store, webhooks }: Provider, request: StandInRequest): Promise<Answer> {
  const { resource, id, action } = pathOf(request);
  const query = request.url.searchParams;
  if (action !== undefined) return refusalAnswer(unknownUrl(request));
  if (resource === 'refunds' && id === undefined) {
    const of = await readRecord<Payment>(store, paymentSpace, query.get('payment_intent') ?? '');
    return listAnswer('list', request, of?.refunds.toReversed() ?? []);
  }
  if (resource === 'events') return getEvents(webhooks, request, id);
  if (resource === 'webhook_endpoints' && id === undefined) {
    return listAnswer('list', request, await webhooks.endpoints());
  }
  if (resource !== 'payment_intents') return refusalAnswer(unknownUrl(request));
  if (id === 'search') return search(store, request);
  if (id !== undefined) {
    const payment = await readRecord<Payment>(store, paymentSpace, id);
    return payment ? { status: 200, body: shown(request, 'latest_charge')(payment) } : refusalAnswer(noSuchIntent(id));
  }
  const from = createdFilter(query);
  const payments = await newestFirst(store, from === undefined ? '' : `pi_${keyOfTime(from * 1000)}`);
  return listAnswer('list', request, payments.map(shown(request, 'data.latest_charge')));
}

async function getEvents(webhooks: Webhooks, request: StandInRequest, id: string | undefined): Promise<Answer> {
  const events = await webhooks.events();
  if (id === undefined) {
    const type = request.url.searchParams.get('type');
    const from = createdFilter(request.url.searchParams) ?? 0;
    const wished = events.filter((event) => event.created >= from && (type === null || event.type === type));
    return listAnswer('list', request, wished);
  }
  const event = events.find((known) => known.id === id);
  return event ? { status: 200, body: event } : refusalAnswer(noSuch('event', id));
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
  const found = (await newestFirst(store)).filter(({ intent }) => matches(intent));
  return listAnswer('search_result', request, found.map(shown(request, 'data.latest_charge')));
}

async function newestFirst(store: Store, from = ''): Promise<Payment[]> {
  return (await listRecords<Payment>(store, paymentSpace, from)).toReversed();
}

/** The intent as it is answered: with its charge inside where the request asks to expand it (https://docs.stripe.com/expand). */
function shown({ url }: StandInRequest, name: string): (payment: Payment) => { readonly id: string } {
  const isExpanded = [...url.searchParams].some(([key, value]) => key.startsWith('expand[') && value === name);
  return (payment) =>
    isExpanded && payment.intent.latest_charge !== null
      ? { ...payment.intent, latest_charge: chargeOf(payment) }
      : payment.intent;
}

function pathOf(request: StandInRequest): { resource?: string; id?: string; action?: string } {
  const [resource, id, action] = request.url.pathname.replace(/^\/v1\//, '').split('/');
  return { ...(resource && { resource }), ...(id && { id }), ...(action && { action }) };
}

/** Ids ascend with time, hence the store's order is the order of creation. */
function newIntentId(nowMs: number): string {
  return `pi_${keyOfTime(nowMs)}${randomBytes(8).toString('hex')}`;
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
