// The payment provider's stand-in, driven by the provider's own package.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../local/store/store.ts';
import { type StandInsServer, startStandInsServer } from '../support/stand-ins-server.ts';

let server: StandInsServer;
let stripe: Stripe;
const client = (port: number, timeout = 10_000) =>
  new Stripe('sk_test_local', {
    host: '127.0.0.1',
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    timeout,
    telemetry: false,
  });

beforeAll(async () => {
  server = await startStandInsServer();
  stripe = client(server.port);
});
afterAll(() => server.close());

const wish = (over: Partial<Stripe.PaymentIntentCreateParams> = {}): Stripe.PaymentIntentCreateParams => ({
  amount: 1250,
  currency: 'eur',
  payment_method: 'pm_card_visa',
  capture_method: 'manual',
  confirm: true,
  metadata: { orderId: 'o-1' },
  ...over,
});
const ledgerOf = async (id: string) => {
  const ledger = (await (await fetch(`${server.origin}/local/payments`)).json()) as { id: string }[];
  return ledger.find((row) => row.id === id);
};
const failureOf = (call: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  call.then(
    () => expect.unreachable('the call succeeded'),
    (error: unknown) => error as Stripe.errors.StripeError,
  );

describe('a payment', () => {
  test('is authorised, captured in part and refunded in part', async () => {
    const intent = await stripe.paymentIntents.create(wish());
    expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 1250, metadata: { orderId: 'o-1' } });
    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1000 });
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 1000 });
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 300 });
    expect(refund).toMatchObject({ status: 'succeeded', amount: 300, payment_intent: intent.id });
    expect((await stripe.refunds.list({ payment_intent: intent.id })).data).toHaveLength(1);
    expect(await ledgerOf(intent.id)).toEqual({
      id: intent.id,
      orderId: 'o-1',
      status: 'succeeded',
      amountMinor: 1250,
      capturedMinor: 1000,
      refundedMinor: 300,
      currency: 'EUR',
    });
  });

  test('is confirmed in a request of its own', async () => {
    const { id, status } = await stripe.paymentIntents.create(wish({ confirm: false }));
    expect(status).toBe('requires_confirmation');
    expect((await stripe.paymentIntents.confirm(id)).status).toBe('requires_capture');
  });

  test('is cancelled, and then neither captured nor cancelled again', async () => {
    const { id } = await stripe.paymentIntents.create(wish());
    expect((await stripe.paymentIntents.cancel(id)).status).toBe('canceled');
    for (const again of [stripe.paymentIntents.capture(id), stripe.paymentIntents.cancel(id)]) {
      const error = await failureOf(again);
      expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
      expect(error).toMatchObject({ code: 'payment_intent_unexpected_state', payment_intent: { status: 'canceled' } });
    }
  });

  test('is refunded once, however often it is asked at the same moment', async () => {
    const { id } = await stripe.paymentIntents.create(wish({ capture_method: 'automatic' }));
    const refunds = await Promise.allSettled(
      Array.from({ length: 5 }, () => stripe.refunds.create({ payment_intent: id })),
    );
    expect(refunds.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await ledgerOf(id)).toMatchObject({ capturedMinor: 1250, refundedMinor: 1250 });
  });

  test('is found again by id and by metadata', async () => {
    const { id } = await stripe.paymentIntents.create(wish({ metadata: { orderId: 'o-find-me' } }));
    expect((await stripe.paymentIntents.retrieve(id)).id).toBe(id);
    const found = await stripe.paymentIntents.search({ query: "metadata['orderId']:'o-find-me'" });
    expect(found.data.map((intent) => intent.id)).toEqual([id]);
  });

  test('stands in the list, newest first, page by page', async () => {
    const created = [await stripe.paymentIntents.create(wish()), await stripe.paymentIntents.create(wish())];
    const listed: string[] = [];
    for await (const { id } of stripe.paymentIntents.list({ limit: 1 })) {
      listed.push(id);
      if (listed.length === 2) break;
    }
    expect(listed.toSorted()).toEqual(created.map(({ id }) => id).toSorted());
  });
});

describe('a refusal', () => {
  test('of the card is a StripeCardError with the intent inside', async () => {
    const error = await failureOf(stripe.paymentIntents.create(wish({ payment_method: 'pm_card_chargeDeclined' })));
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'generic_decline',
      payment_intent: { status: 'requires_payment_method', amount_received: 0 },
    });
  });

  test.each<[string, Promise<unknown> | (() => Promise<unknown>), string]>([
    ['an unknown id', () => stripe.paymentIntents.retrieve('pi_none'), 'resource_missing'],
    ['a refund of an unknown id', () => stripe.refunds.create({ payment_intent: 'pi_none' }), 'resource_missing'],
    ['an unknown card', () => stripe.paymentIntents.create(wish({ payment_method: 'pm_none' })), 'resource_missing'],
    ['a misspelt name', () => stripe.paymentIntents.create({ ...wish(), amuont: 1 } as never), 'parameter_unknown'],
  ])('names %s', async (_what, call, code) => {
    const error = await failureOf(typeof call === 'function' ? call() : call);
    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error.code).toBe(code);
  });

  test('names a capture above the authorisation', async () => {
    const { id } = await stripe.paymentIntents.create(wish());
    const error = await failureOf(stripe.paymentIntents.capture(id, { amount_to_capture: 1251 }));
    expect(error.code).toBe('amount_too_large');
    expect(await ledgerOf(id)).toMatchObject({ status: 'requires_capture', capturedMinor: 0 });
  });

  test('comes without an API key', async () => {
    expect((await fetch(`${server.origin}/v1/payment_intents`)).status).toBe(401);
  });

  test('comes for an address that is none', async () => {
    const headers = { authorization: 'Bearer sk_test_local' };
    for (const path of [
      '/v1/customers',
      '/v1/payment_intents/pi_1/constructor',
      '/v1/payment_intents/pi_1/capture/x',
    ]) {
      expect((await fetch(`${server.origin}${path}`, { method: 'POST', headers })).status).toBe(404);
    }
  });
});

describe('an idempotency key', () => {
  test('answers a repeated request with the first payment', async () => {
    const options = { idempotencyKey: 'key-repeat' };
    const first = await stripe.paymentIntents.create(wish(), options);
    const second = await stripe.paymentIntents.create(wish(), options);
    expect(second).toEqual(first);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
  });

  test('answers a repeated decline with the first decline', async () => {
    const declined = wish({ payment_method: 'pm_card_chargeDeclined' });
    const first = await failureOf(stripe.paymentIntents.create(declined, { idempotencyKey: 'key-decline' }));
    const second = await failureOf(stripe.paymentIntents.create(declined, { idempotencyKey: 'key-decline' }));
    expect(second.payment_intent?.id).toBe(first.payment_intent?.id);
  });

  test('refuses other parameters', async () => {
    await stripe.paymentIntents.create(wish(), { idempotencyKey: 'key-other' });
    const error = await failureOf(stripe.paymentIntents.create(wish({ amount: 1 }), { idempotencyKey: 'key-other' }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
  });

  test('may be used again after a request that failed validation', async () => {
    await failureOf(stripe.paymentIntents.create(wish({ amount: 0 }), { idempotencyKey: 'key-valid' }));
    expect((await stripe.paymentIntents.create(wish(), { idempotencyKey: 'key-valid' })).status).toBe(
      'requires_capture',
    );
  });

  test('makes one payment of many at the same moment', async () => {
    const options = { idempotencyKey: 'key-together' };
    const together = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        stripe.paymentIntents.create(wish({ metadata: { orderId: 'o-together' } }), options),
      ),
    );
    const refusals = together.filter((call) => call.status === 'rejected');
    expect(refusals.every(({ reason }) => (reason as Stripe.errors.StripeError).statusCode === 409)).toBe(true);
    const { data } = await stripe.paymentIntents.search({ query: "metadata['orderId']:'o-together'" });
    expect(data).toHaveLength(1);
  });
});

describe('a fault', () => {
  test('down resets the connection and does nothing', async () => {
    // The client asks once more by itself when a connection is reset.
    await server.setFault('payments', 'down', 2);
    const error = await failureOf(stripe.paymentIntents.create(wish({ metadata: { orderId: 'o-down' } })));
    expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect((await stripe.paymentIntents.search({ query: "metadata['orderId']:'o-down'" })).data).toHaveLength(0);
  });

  test('timeout never answers and does nothing', async () => {
    await server.setFault('payments', 'timeout', 1);
    const error = await failureOf(
      client(server.port, 100).paymentIntents.create(wish({ metadata: { orderId: 'o-wait' } })),
    );
    expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect((await stripe.paymentIntents.search({ query: "metadata['orderId']:'o-wait'" })).data).toHaveLength(0);
  });

  test('lost-answer does the work, and the same key brings the answer', async () => {
    await server.setFault('payments', 'lost-answer', 2);
    const params = wish({ metadata: { orderId: 'o-lost' } });
    const options = { idempotencyKey: 'key-lost' };
    await failureOf(stripe.paymentIntents.create(params, options));
    const [made] = (await stripe.paymentIntents.search({ query: "metadata['orderId']:'o-lost'" })).data;
    expect((await stripe.paymentIntents.create(params, options)).id).toBe(made?.id);
  });
});

test('a payment and its key outlive the process', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-'));
  const options = { idempotencyKey: 'key-durable' };
  const before = await openStore({ directory });
  const first = await startStandInsServer({ store: before });
  const made = await client(first.port).paymentIntents.create(wish(), options);
  await first.close();
  await before.close();

  const after = await openStore({ directory });
  const second = await startStandInsServer({ store: after });
  expect((await client(second.port).paymentIntents.create(wish(), options)).id).toBe(made.id);
  await second.close();
  await after.close();
  await rm(directory, { recursive: true });
});
