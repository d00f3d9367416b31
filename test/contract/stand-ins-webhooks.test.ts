// The payment provider's webhooks: registered and checked by the provider's own package.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { skippingClock } from '../../local/testing/testing.ts';
import { openStore } from '../../local/store/store.ts';
import { type StandInsServer, startStandInsServer } from '../support/stand-ins-server.ts';
import { waitFor } from '../support/wait-for.ts';

const client = (port: number) =>
  new Stripe('sk_test_local', { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });

let server: StandInsServer;
let stripe: Stripe;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let endpoint: Stripe.WebhookEndpoint;
const clock = skippingClock();

/** Keeps what comes as bytes, for a signature is of bytes. */
async function startReceiver() {
  const received: { readonly body: Buffer; readonly signature: string }[] = [];
  const state = { status: 200 };
  const http = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      received.push({ body: Buffer.concat(chunks), signature: String(req.headers['stripe-signature']) });
      res.writeHead(state.status).end();
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const events = () => received.map(({ body }) => JSON.parse(body.toString('utf8')) as Stripe.Event);
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/hooks`,
    received,
    state,
    events,
    typesOf: (intent: string) =>
      events()
        .filter(({ data }) => JSON.stringify(data).includes(intent))
        .map(({ type }) => type),
    close: () => {
      http.closeAllConnections();
      http.close();
    },
  };
}

beforeAll(async () => {
  server = await startStandInsServer({ clock });
  stripe = client(server.port);
  receiver = await startReceiver();
  endpoint = await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
});
afterEach(async () => {
  receiver.state.status = 200;
  await server.setFault('webhooks', 'ok');
});
afterAll(async () => {
  await server.close();
  receiver.close();
});

const pay = (over: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 1250,
    currency: 'eur',
    payment_method: 'pm_card_visa',
    capture_method: 'manual',
    confirm: true,
    metadata: { orderId: 'o-1' },
    ...over,
  });
const told = (intent: string, count: number) =>
  waitFor(`${count} events of ${intent}`, () => receiver.typesOf(intent).length >= count && receiver.typesOf(intent));
const failureOf = (call: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  call.then(
    () => expect.unreachable('the call succeeded'),
    (error: unknown) => error as Stripe.errors.StripeError,
  );

describe('an event', () => {
  test('tells of every change of a payment', async () => {
    const { id } = await pay();
    await stripe.paymentIntents.capture(id);
    await stripe.refunds.create({ payment_intent: id });
    const types = await told(id, 3);
    expect(types.toSorted()).toEqual([
      'charge.refunded',
      'payment_intent.amount_capturable_updated',
      'payment_intent.succeeded',
    ]);
    const refunded = receiver.events().find(({ type }) => type === 'charge.refunded');
    expect(refunded?.data.object).toMatchObject({ object: 'charge', payment_intent: id, amount_refunded: 1250 });
  });

  test('tells of a cancelled payment and of a declined one', async () => {
    const { id } = await pay();
    await stripe.paymentIntents.cancel(id);
    expect(await told(id, 2)).toContain('payment_intent.canceled');
    const declined = await failureOf(pay({ payment_method: 'pm_card_chargeDeclined' }));
    expect(await told(declined.payment_intent?.id ?? '', 1)).toEqual(['payment_intent.payment_failed']);
  });

  test('has a signature that the package accepts, of exactly these bytes', async () => {
    const { id } = await pay();
    await told(id, 1);
    const [{ body, signature } = { body: Buffer.alloc(0), signature: '' }] = receiver.received.slice(-1);
    const secret = 'whsec_bG9jYWwtZGV2ZWxvcG1lbnQ';
    expect(stripe.webhooks.constructEvent(body, signature, secret).object).toBe('event');
    const altered = Buffer.from(body.toString('utf8').replace('1250', '9250'));
    expect(() => stripe.webhooks.constructEvent(altered, signature, secret)).toThrow(/signature/);
    expect(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other')).toThrow(/signature/);
  });

  test('stands in the list of events', async () => {
    const { id } = await pay();
    const { data } = await stripe.events.list({ limit: 1 });
    expect(data).toMatchObject([{ type: 'payment_intent.amount_capturable_updated', data: { object: { id } } }]);
    expect((await stripe.events.retrieve(data[0]?.id ?? '')).id).toBe(data[0]?.id);
  });

  test('comes again until it is taken', async () => {
    receiver.state.status = 500;
    const { id } = await pay();
    await told(id, 1);
    clock.skipTo(clock.now() + 1_000);
    await told(id, 2);
    receiver.state.status = 200;
    clock.skipTo(clock.now() + 2_000);
    await told(id, 3);
    expect(new Set(receiver.events().map((event) => event.id)).size).toBeLessThan(receiver.received.length);
  });

  test('outlives the process that could not tell it', async () => {
    const store = await openStore({ ephemeral: true });
    const first = await startStandInsServer({ store });
    await client(first.port).webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ['payment_intent.succeeded'],
    });
    await first.setFault('webhooks', 'down');
    const wish = { amount: 700, currency: 'eur', payment_method: 'pm_card_visa', confirm: true } as const;
    const { id } = await client(first.port).paymentIntents.create(wish);
    await first.close();
    expect(receiver.typesOf(id)).toEqual([]);
    const second = await startStandInsServer({ store });
    expect(await told(id, 1)).toEqual(['payment_intent.succeeded']);
    await second.close();
    await store.close();
  });
});

describe('a fault of webhooks', () => {
  test('repeated tells an event three times', async () => {
    await server.setFault('webhooks', 'repeated', 1);
    const { id } = await pay();
    expect(await told(id, 3)).toHaveLength(3);
    expect(
      new Set(
        receiver
          .events()
          .slice(-3)
          .map((event) => event.id),
      ).size,
    ).toBe(1);
  });

  test('reordered lets the later event come first', async () => {
    await server.setFault('webhooks', 'reordered', 2);
    const { id } = await pay();
    await stripe.paymentIntents.capture(id);
    await told(id, 1);
    clock.skipTo(clock.now() + 2_000);
    expect(await told(id, 2)).toEqual(['payment_intent.succeeded', 'payment_intent.amount_capturable_updated']);
  });
});

describe('an endpoint', () => {
  test.each([
    'https://example.com/hooks',
    'http://192.168.1.1/hooks',
    'http://127.0.0.1.example.com/hooks',
    'file:///x',
  ])('is not %s, which is not on this machine', async (url) => {
    const error = await failureOf(stripe.webhookEndpoints.create({ url, enabled_events: ['*'] }));
    expect(error).toMatchObject({ code: 'url_invalid', param: 'url' });
  });

  test('hears only of what it asked for, and of nothing once it is deleted', async () => {
    const own = await startReceiver();
    const wish = { url: own.url, enabled_events: ['payment_intent.succeeded'] } as const;
    const { id, secret } = await stripe.webhookEndpoints.create({ ...wish, enabled_events: [...wish.enabled_events] });
    expect(secret).toMatch(/^whsec_/);
    expect((await stripe.webhookEndpoints.list()).data.map((one) => one.id).toSorted()).toEqual(
      [endpoint.id, id].toSorted(),
    );
    const held = await pay();
    await stripe.paymentIntents.capture(held.id);
    await waitFor('the event', () => own.received.length > 0);
    expect(own.typesOf(held.id)).toEqual(['payment_intent.succeeded']);
    expect(await stripe.webhookEndpoints.del(id)).toMatchObject({ deleted: true });
    const after = await pay({ capture_method: 'automatic' });
    await told(after.id, 1);
    expect(own.typesOf(after.id)).toEqual([]);
    await expect(stripe.webhookEndpoints.del(id)).rejects.toMatchObject({ code: 'resource_missing' });
    own.close();
  });
});

test('a late payment is made after its sender gave up, and is told of', async () => {
  await server.setFault('payments', 'late', 1);
  const impatient = new Stripe('sk_test_local', {
    host: '127.0.0.1',
    port: server.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    timeout: 100,
    telemetry: false,
  });
  const wish = { amount: 900, currency: 'eur', payment_method: 'pm_card_visa', confirm: true } as const;
  const orderId = 'o-late';
  const error = await failureOf(impatient.paymentIntents.create({ ...wish, metadata: { orderId } }));
  expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
  const found = () =>
    stripe.paymentIntents.search({ query: `metadata['orderId']:'${orderId}'`, expand: ['data.latest_charge'] });
  expect((await found()).data).toEqual([]);
  clock.skipTo(clock.now() + 5_000);
  const { data } = await waitFor('the late payment', async () => {
    const page = await found();
    return page.data.length > 0 && page;
  });
  expect(data).toMatchObject([{ status: 'succeeded', latest_charge: { object: 'charge', amount_refunded: 0 } }]);
  expect(await told(data[0]?.id ?? '', 1)).toEqual(['payment_intent.succeeded']);
});

test('payments are listed from a time on', async () => {
  const { id } = await pay();
  clock.skipTo(clock.now() + 60_000);
  const later = await pay();
  const page = await stripe.paymentIntents.list({ created: { gte: later.created }, limit: 100 });
  expect(page.data.map((intent) => intent.id)).toEqual([later.id]);
  expect(
    (await stripe.paymentIntents.list({ created: { gte: later.created - 60 } })).data.map((one) => one.id),
  ).toContain(id);
});
