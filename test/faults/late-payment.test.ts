// Fault 4 through the running app: money that comes after its order was cancelled goes back, is recorded, and the order stays cancelled,
// whatever becomes of the webhooks that tell of it. Faults 2 and 3 as far as the provider goes.
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Local, skippingClock, startLocal } from '../../local/testing/testing.ts';
import { deterministicId } from '../../shared/kernel/ids.ts';
import type { OperatorTask, TaskEntry } from '../../shared/operations/operator-task.ts';
import { apiClient, type LedgerRow } from '../support/api-client.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

let local: Local;
let api: ReturnType<typeof apiClient>;
let standIns: ReturnType<typeof apiClient>;
let stripe: Stripe;

beforeAll(async () => {
  local = await startLocal({ app: '.', topology: 'infra/topology.json', clock: skippingClock() });
  api = apiClient(local.url);
  standIns = apiClient(local.servicesUrl);
  const { hostname, port } = new URL(local.servicesUrl);
  stripe = new Stripe('sk_test_local', { host: hostname, port, protocol: 'http', telemetry: false });
});
afterEach(async () => {
  for (const target of ['payments', 'webhooks']) await setFault(target, 'ok');
});
afterAll(() => local.close());

const setFault = async (target: string, mode: string, count?: number): Promise<void> => {
  const { status } = await standIns.ask('POST', '/local/faults', { target, mode, count });
  expect(status).toBe(200);
};

async function cancelled(): Promise<string> {
  const orderId = await api.place(validOrder({ payment: { method: 'pm_card_chargeDeclined' } }));
  await local.finished(orderId);
  return orderId;
}

/** As somebody who pays by a page that was left open, or a bank that took its time. */
const payFor = (orderId: string, amount = 9_800): Promise<Stripe.PaymentIntent> =>
  stripe.paymentIntents.create({
    amount,
    currency: 'eur',
    payment_method: 'pm_card_visa',
    confirm: true,
    metadata: { orderId },
  });

const paymentsOf = async (orderId: string): Promise<LedgerRow[]> =>
  (await standIns.payments()).filter((row) => row.orderId === orderId);
const netOf = (rows: readonly LedgerRow[]): number =>
  rows.reduce((sum, row) => sum + row.capturedMinor - row.refundedMinor, 0);
const late = async (orderId: string): Promise<number> =>
  (await api.events(orderId)).filter((type) => type === 'LatePaymentReversed').length;

/** Lets the webhooks be told, repeated and taken until nothing is on its way any more. */
const recorded = (orderId: string, times = 1): Promise<true> =>
  waitFor(`${times} late payments of ${orderId}`, async () => {
    await local.skipUntilIdle({ withinMs: 60_000 });
    return (await late(orderId)) >= times && true;
  });

test('fault 4: a payment that succeeds after the cancellation is refunded and recorded, and the order stays cancelled', async () => {
  const orderId = await cancelled();
  await payFor(orderId);
  await recorded(orderId);
  expect(await api.order(orderId)).toMatchObject({ status: 'cancelled', payment: { status: 'refunded' } });
  const rows = (await paymentsOf(orderId)).filter(({ capturedMinor }) => capturedMinor > 0);
  expect(rows).toMatchObject([{ capturedMinor: 9_800, refundedMinor: 9_800 }]);
});

test('fault 4: webhooks that come three times and out of order end alike', async () => {
  const orderId = await cancelled();
  await setFault('webhooks', 'repeated');
  await payFor(orderId);
  await recorded(orderId);
  await setFault('webhooks', 'reordered');
  const held = await stripe.paymentIntents.create({
    amount: 700,
    currency: 'eur',
    payment_method: 'pm_card_visa',
    capture_method: 'manual',
    confirm: true,
    metadata: { orderId },
  });
  await stripe.paymentIntents.capture(held.id).catch(() => undefined);
  await recorded(orderId, 2);
  expect(netOf(await paymentsOf(orderId))).toBe(0);
  expect(await late(orderId)).toBe(2);
  expect((await api.order(orderId)).status).toBe('cancelled');
});

test('fault 4: an event that is replayed later changes nothing', async () => {
  const orderId = await cancelled();
  const intent = await payFor(orderId);
  await recorded(orderId);
  const before = (await api.order(orderId)).version;
  const { data } = await stripe.events.list({ type: 'payment_intent.succeeded', limit: 100 });
  const event = data.find((one) => (one.data.object as Stripe.PaymentIntent).id === intent.id);
  const payload = JSON.stringify(event);
  const secret = local.settings['PAYMENTS_WEBHOOK_SECRET'] ?? '';
  const signature = stripe.webhooks.generateTestHeaderString({ payload, secret });
  for (let time = 0; time < 3; time += 1) {
    const answer = await api.ask('POST', '/api/v1/webhooks/payments', payload, { 'stripe-signature': signature });
    expect(answer.status).toBe(200);
  }
  expect((await api.order(orderId)).version).toBe(before);
  expect(netOf(await paymentsOf(orderId))).toBe(0);
});

test('fault 4: while the provider is away the event is not acknowledged, and comes again', async () => {
  const orderId = await cancelled();
  const intent = await payFor(orderId, 500);
  await recorded(orderId);
  const payload = JSON.stringify({ object: 'event', data: { object: { ...intent, id: 'pi_unreachable' } } });
  const secret = local.settings['PAYMENTS_WEBHOOK_SECRET'] ?? '';
  const signature = stripe.webhooks.generateTestHeaderString({ payload, secret });
  await setFault('payments', 'down', 2);
  const answer = await api.ask('POST', '/api/v1/webhooks/payments', payload, { 'stripe-signature': signature });
  expect(answer).toMatchObject({ status: 503, body: { code: 'payments-unavailable' } });
  expect(answer.headers.get('retry-after')).not.toBeNull();
});

test('fault 3: an authorisation that arrives late, of an order cancelled meanwhile, holds nothing', async () => {
  await setFault('payments', 'late', 1);
  const orderId = await api.place(validOrder());
  await waitFor('the authorisation to be under way', async () => (await api.events(orderId)).includes('StockReserved'));
  await api.ask('POST', `/api/v1/orders/${orderId}/cancel`);
  await local.finished(orderId);
  await local.skipUntilIdle({ withinMs: 60_000 });
  expect((await api.order(orderId)).status).toBe('cancelled');
  const rows = await paymentsOf(orderId);
  expect(rows.every(({ status }) => status === 'canceled')).toBe(true);
  expect(rows.length).toBeLessThanOrEqual(1);
});

test('a payment of no order becomes one task of an operator, which closes itself once the order is there', async () => {
  const orderId = deterministicId('order', 'ada', 'paid-first');
  const { id } = await payFor(orderId);
  const find = async () => {
    const { items } = await api.get<{ items: OperatorTask[] }>('/api/v1/operator-tasks');
    return items.filter(({ subject }) => subject === id);
  };
  const found = await waitFor('the task', async () => {
    const tasks = await find();
    return tasks.length > 0 && tasks;
  });
  expect(found).toMatchObject([{ kind: 'reconciliation', state: 'open' }]);
  expect(await api.place(validOrder(), 'paid-first')).toBe(orderId);
  await local.finished(orderId);
  await api.ask('POST', '/admin/functions/reconcileNightly', {});
  const [closed] = await waitFor('its end', async () => {
    const tasks = await find();
    return tasks[0]?.state === 'closed' && tasks;
  });
  expect(closed).toMatchObject({ closedAs: 'resolved' });
  const { history } = await api.get<{ history: TaskEntry[] }>(`/api/v1/operator-tasks/${closed?.taskId}`);
  expect(history.at(-1)).toMatchObject({ by: 'millrace', note: `Its order is there now: ${orderId}` });
});

test('the reconciliation runs in the app and says what it found', async () => {
  const { status } = await api.ask('POST', '/admin/functions/reconcileNightly', {});
  expect(status).toBe(202);
  const [, told = ''] = await waitFor('the summary', () => /reconciled: (\{.*\})/.exec(local.output()) ?? undefined);
  const counts = JSON.parse(told) as Record<string, number>;
  expect(counts['products']).toBeGreaterThan(0);
  expect(counts['failed']).toBeUndefined();
});

test.each([
  ['nothing', '', {}],
  ['no signature', '{}', {}],
  ['a false signature', '{}', { 'stripe-signature': 't=1,v1=00' }],
])('a webhook with %s is refused without a word on why', async (_what, body, headers) => {
  const answer = await api.ask<{ detail: string }>('POST', '/api/v1/webhooks/payments', body, headers);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-signature' } });
  expect(answer.body.detail).not.toMatch(/secret|whsec|tolerance|expected/i);
});

test('a webhook with more than it may have is refused', async () => {
  const answer = await api.ask('POST', '/api/v1/webhooks/payments', 'x'.repeat(300_000));
  expect(answer).toMatchObject({ status: 413, body: { code: 'payload-too-large' } });
});
