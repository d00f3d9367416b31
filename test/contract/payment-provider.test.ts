// The app's payment provider and its events against the stand-in. Faults 2 and 3 as far as the provider goes: an answer that was lost is
// found out by asking again, and money goes back once whatever state it is in.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGuard } from '../../shared/adapters/resilience/guard.ts';
import { limits } from '../../shared/adapters/resilience/limits.ts';
import { stripePaymentEvents } from '../../shared/adapters/payments/stripe-payment-events.ts';
import { stripePaymentProvider } from '../../shared/adapters/payments/stripe-payment-provider.ts';
import type { PaymentEvents, PaymentProvider } from '../../shared/payments/payment-provider.ts';
import { skippingClock } from '../../local/testing/testing.ts';
import { type StandInsServer, startStandInsServer } from '../support/stand-ins-server.ts';
import { waitFor } from '../support/wait-for.ts';

const clock = skippingClock();
const secret = 'whsec_bG9jYWwtZGV2ZWxvcG1lbnQ';
const total = { amountMinor: 9_800, currency: 'EUR' } as const;
let server: StandInsServer;
let stripe: Stripe;
let payments: PaymentProvider;
let events: PaymentEvents;
let orders = 0;
let order: { orderId: string; total: typeof total; method: string };

beforeAll(async () => {
  server = await startStandInsServer({ clock });
  stripe = new Stripe('sk_test', { host: '127.0.0.1', port: server.port, protocol: 'http', telemetry: false });
});
beforeEach(() => {
  const guard = createGuard('payments', { ...limits.payments, timeoutMs: 1_000, opensAfter: 100 });
  const account = { url: server.origin, key: 'sk_test', guard };
  payments = stripePaymentProvider(account);
  events = stripePaymentEvents({ ...account, secret });
  order = { orderId: `order-${(orders += 1)}`, total, method: 'pm_card_visa' };
});
afterEach(() => server.setFault('payments', 'ok'));
afterAll(() => server.close());

interface LedgerRow {
  readonly orderId: string;
  readonly status: string;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
}
const ledger = async (): Promise<LedgerRow[]> => {
  const rows = (await (await fetch(`${server.origin}/local/payments`)).json()) as LedgerRow[];
  return rows.filter(({ orderId }) => orderId === order.orderId);
};
const authorised = async (): Promise<string> => {
  const answer = await payments.authorise(order);
  return answer.outcome === 'authorised' ? answer.paymentId : expect.unreachable(answer.reason);
};

describe('a reversal', () => {
  test('voids what is held, and says so again', async () => {
    const paymentId = await authorised();
    expect(await payments.reverse({ ...order, paymentId })).toBe('voided');
    expect(await payments.reverse({ ...order, paymentId })).toBe('voided');
    expect(await ledger()).toMatchObject([{ status: 'canceled', capturedMinor: 0, refundedMinor: 0 }]);
  });

  test('refunds what was taken, once', async () => {
    const paymentId = await authorised();
    await payments.capture(order.orderId, paymentId);
    const all = await Promise.all(
      [1, 2, 3].map(() => payments.reverse({ ...order, paymentId }).catch(() => 'refunded')),
    );
    expect(new Set(all)).toEqual(new Set(['refunded']));
    expect(await ledger()).toMatchObject([{ capturedMinor: 9_800, refundedMinor: 9_800 }]);
  });

  test('refunds what is left of a payment that went back in part', async () => {
    const paymentId = await authorised();
    await payments.capture(order.orderId, paymentId);
    await stripe.refunds.create({ payment_intent: paymentId, amount: 800 });
    expect(await payments.giveBack(paymentId)).toBe('refunded');
    expect(await ledger()).toMatchObject([{ refundedMinor: 9_800 }]);
  });

  test.each([
    ['pm_card_chargeDeclined', 'generic_decline'],
    ['pm_card_authenticationRequired', 'authentication_required'],
  ])('says that nothing was charged where the card %s was declined', async (method, reason) => {
    order = { ...order, method };
    expect(await payments.authorise(order)).toEqual({ outcome: 'declined', reason });
    expect(await payments.reverse(order)).toBe('nothing-charged');
  });

  test('says that nothing was charged where the provider does not take the order as it stands', async () => {
    const unpayable = { ...order, total: { amountMinor: 100_000_000, currency: 'EUR' } as const };
    await expect(payments.authorise(unpayable)).rejects.toMatchObject({ code: 'payments-refused' });
    expect(await payments.reverse(unpayable)).toBe('nothing-charged');
  });

  test('of a payment that nobody knows is refused', async () => {
    await expect(payments.giveBack('pi_none')).rejects.toMatchObject({ code: 'payments-refused' });
  });

  test('fault 2: finds the payment whose answer was lost, and makes no second one', async () => {
    // The package asks once more by itself when a connection is reset.
    await server.setFault('payments', 'lost-answer', 2);
    await expect(payments.authorise(order)).rejects.toMatchObject({ code: 'payments-unavailable' });
    expect(await payments.reverse(order)).toBe('voided');
    expect(await ledger()).toMatchObject([{ status: 'canceled' }]);
  });

  test('fault 3: of an authorisation that arrives late leaves nothing held', async () => {
    await server.setFault('payments', 'late', 1);
    await expect(payments.authorise(order)).rejects.toMatchObject({ code: 'payments-unavailable' });
    expect(await payments.reverse(order)).toBe('voided');
    clock.skipTo(clock.now() + 5_000);
    // The one that arrives late has the same key: it makes no second payment.
    await waitFor('the late request to be answered', async () => (await ledger()).length === 1);
    expect(await ledger()).toMatchObject([{ status: 'canceled' }]);
  });

  test('ends with nothing left, though the payment is taken at the same moment', async () => {
    for (let time = 0; time < 10; time += 1) {
      order = { ...order, orderId: `${order.orderId}-${time}` };
      const paymentId = await authorised();
      const taking = stripe.paymentIntents.capture(paymentId).catch(() => undefined);
      expect(['voided', 'refunded']).toContain(await payments.giveBack(paymentId));
      await taking;
      const [row] = await ledger();
      expect(row?.capturedMinor).toBe(row?.refundedMinor);
    }
  });
});

describe('a capture', () => {
  test('asked again is captured, also when its key is forgotten', async () => {
    const paymentId = await authorised();
    await stripe.paymentIntents.capture(paymentId);
    expect(await payments.capture(order.orderId, paymentId)).toBe('captured');
    expect(await payments.capture(order.orderId, paymentId)).toBe('captured');
    expect(await ledger()).toMatchObject([{ capturedMinor: 9_800 }]);
  });

  test('of an authorisation that the provider let go is an answer, not an error', async () => {
    const paymentId = await authorised();
    await stripe.paymentIntents.cancel(paymentId);
    expect(await payments.capture(order.orderId, paymentId)).toBe('lapsed');
  });

  test('fault 2: whose answer was lost has taken the money once', async () => {
    const paymentId = await authorised();
    await server.setFault('payments', 'lost-answer', 2);
    await expect(payments.capture(order.orderId, paymentId)).rejects.toMatchObject({ kind: 'transient' });
    expect(await payments.capture(order.orderId, paymentId)).toBe('captured');
    expect(await ledger()).toMatchObject([{ capturedMinor: 9_800, refundedMinor: 0 }]);
  });
});

describe('the ledger', () => {
  test('says of each payment what is left of it', async () => {
    const paymentId = await authorised();
    expect(await payments.get(paymentId)).toMatchObject({
      paymentId,
      orderId: order.orderId,
      status: 'held',
      amountMinor: 9_800,
      currency: 'EUR',
    });
    await payments.capture(order.orderId, paymentId);
    await stripe.refunds.create({ payment_intent: paymentId, amount: 300 });
    expect(await payments.get(paymentId)).toMatchObject({
      status: 'captured',
      capturedMinor: 9_800,
      refundedMinor: 300,
    });
    expect(await payments.get('pi_none')).toBeUndefined();
  });

  test('is read from a time on, newest first, over many pages', async () => {
    clock.skipTo(clock.now() + 60_000);
    const from = new Date(clock.now());
    const wish = { amount: 100, currency: 'eur', payment_method: 'pm_card_visa', confirm: true } as const;
    for (let n = 0; n < 205; n += 1) await stripe.paymentIntents.create(wish);
    const found = await Array.fromAsync(payments.since(from));
    expect(found).toHaveLength(205);
    const ids = found.map(({ paymentId }) => paymentId);
    expect(ids).toEqual(ids.toSorted().toReversed());
  });
});

describe('an event', () => {
  const body = (data: object): string =>
    JSON.stringify({ id: 'evt_1', object: 'event', type: 't', data: { object: data } });
  const signed = (payload: string, with_ = secret, ageSeconds = 0): string =>
    stripe.webhooks.generateTestHeaderString({
      payload,
      secret: with_,
      timestamp: Math.floor(Date.now() / 1_000) - ageSeconds,
    });
  const intent = { id: 'pi_1', object: 'payment_intent', metadata: { orderId: 'o-1' } };

  test('names the payment and its order', () => {
    const payload = body(intent);
    expect(events.read(Buffer.from(payload), signed(payload))).toEqual({ paymentId: 'pi_1', orderId: 'o-1' });
  });

  test.each([
    body({ id: 'cus_1', object: 'customer' }),
    body({ ...intent, id: 7 }),
    '{"object":"event"}',
    '{"data":null}',
    'null',
  ])('%s is of no interest', (payload) => {
    expect(events.read(Buffer.from(payload), signed(payload))).toBeUndefined();
  });

  test.each<[string, (payload: string) => [string, string | null]]>([
    ['without a signature', (payload) => [payload, null]],
    ['with a signature that is none', (payload) => [payload, 'v1=abc']],
    ['signed by another secret', (payload) => [payload, signed(payload, 'whsec_other')]],
    ['that was altered', (payload) => [payload.replace('o-1', 'o-2'), signed(payload)]],
    ['that is older than five minutes', (payload) => [payload, signed(payload, secret, 301)]],
    ['that is no JSON', () => ['{', signed('{')]],
    ['that is empty', () => ['', signed('')]],
  ])('%s is refused', (_what, make) => {
    const [payload, signature] = make(body(intent));
    expect(() => events.read(Buffer.from(payload), signature)).toThrow(
      expect.objectContaining({ code: 'invalid-signature', kind: 'invalid-input' }),
    );
  });

  test('is told to one endpoint, however many hosts register it and whatever it was before', async () => {
    let sink: Server | undefined;
    try {
      sink = createServer((_req, res) => res.end()).listen(0, '127.0.0.1');
      await once(sink, 'listening');
      const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/hooks`;
      const stranger = await stripe.webhookEndpoints.create({ url: `${url}/other`, enabled_events: ['*'] });
      await events.register(`${url}/yesterday`);
      await Promise.all([1, 2, 3].map(() => events.register(url)));
      await events.register(url);
      const { data } = await stripe.webhookEndpoints.list();
      expect(data.map((endpoint) => endpoint.url).toSorted()).toEqual([url, `${url}/other`]);
      await stripe.webhookEndpoints.del(stranger.id);
    } finally {
      sink?.close();
    }
  });
});
