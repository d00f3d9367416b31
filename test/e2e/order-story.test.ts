import { describe, expect, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { localAzureForFile } from '../support/local-azure-for-file.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

const azure = localAzureForFile();
const api = apiClient(() => azure.url);

const chargesOf = async (orderId: string) => (await api.payments()).filter((row) => row.orderId === orderId);

test('an order is accepted, paid for, shipped, completed and confirmed by one mail', async () => {
  const orderId = await api.place(validOrder());
  expect(await api.settled(orderId)).toMatchObject({
    status: 'completed',
    payment: { status: 'captured' },
    shipment: { status: 'arranged', trackingId: expect.any(String) },
    total: { amountMinor: 9800, currency: 'EUR' },
  });
  expect(await api.events(orderId)).toEqual([
    'OrderCreated',
    'OrderPlaced',
    'StockReserved',
    'PaymentAuthorised',
    'ShipmentArranged',
    'PaymentCaptured',
    'OrderCompleted',
  ]);
  expect(await chargesOf(orderId)).toMatchObject([{ status: 'succeeded', capturedMinor: 9800, refundedMinor: 0 }]);
  const [mail] = await waitFor('the confirmation', async () => {
    const mails = await api.mails(orderId);
    return mails.length > 0 && mails;
  });
  expect(mail).toMatchObject({ subject: `Your order ${orderId} is confirmed` });
});

test('a declined card cancels the order, gives its stock back and charges nothing', async () => {
  const items = [{ sku: 'TICKET-BALCONY', quantity: 40 }];
  const declined = await api.place(validOrder({ items, payment: { method: 'pm_card_chargeDeclined' } }));
  expect(await api.settled(declined)).toMatchObject({
    status: 'cancelled',
    reason: 'payment-declined',
    payment: { status: 'declined' },
  });
  expect((await chargesOf(declined)).every(({ capturedMinor }) => capturedMinor === 0)).toBe(true);
  const whole = await api.place(validOrder({ items }));
  expect(await api.settled(whole)).toMatchObject({ status: 'completed' });
  const tooMany = await api.place(validOrder({ items: [{ sku: 'TICKET-BALCONY', quantity: 1 }] }));
  expect(await api.settled(tooMany)).toMatchObject({
    status: 'cancelled',
    reason: 'out-of-stock',
    payment: { status: 'pending' },
  });
  expect(await chargesOf(tooMany)).toEqual([]);
});

test('a new order shows in the list of its customer, newest first, and settles there too', async () => {
  const customerId = 'grace';
  const first = await api.place(validOrder({ customerId }));
  await api.settled(first);
  const second = await api.place(validOrder({ customerId }));
  await api.settled(second);
  const items = await waitFor('both orders completed in the list', async () => {
    const list = await api.get<{ items: { orderId: string; status: string }[] }>(
      `/api/v1/orders?customerId=${customerId}`,
    );
    return list.items.length === 2 && list.items.every(({ status }) => status === 'completed') && list.items;
  });
  expect(items.map(({ orderId }) => orderId)).toEqual([second, first]);
});

test('a list is walked page by page', async () => {
  type Page = { items: { sku: string }[]; continuation?: string };
  const skus: string[] = [];
  let next: string | undefined = '';
  while (next !== undefined) {
    const page: Page = await api.get<Page>(
      `/api/v1/products?limit=2${next && `&continuation=${encodeURIComponent(next)}`}`,
    );
    skus.push(...page.items.map(({ sku }) => sku));
    next = page.continuation;
  }
  expect(skus).toEqual(skus.toSorted());
  expect(skus).toContain('PIZZA-MARGHERITA');
  expect(new Set(skus).size).toBe(5);
});

test('the same Idempotency-Key is one order, with another body it is refused', async () => {
  const key = 'e2e-key-1';
  const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => api.place(validOrder(), key)));
  expect(others.every((each) => each === first)).toBe(true);
  const other = await api.ask('POST', '/api/v1/orders', validOrder({ currency: 'USD' }), { 'idempotency-key': key });
  expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
});

test('an order that is being worked on is cancelled and undone', async () => {
  // Until the carrier is back, no capture can begin.
  await api.ask('POST', '/local/faults', { target: 'carrier', mode: 'down' });
  const orderId = await api.place(validOrder());
  await waitFor('its payment authorised', async () => (await api.events(orderId)).includes('PaymentAuthorised'));
  expect(await api.ask('POST', `/api/v1/orders/${orderId}/cancel`)).toMatchObject({ status: 202, body: { orderId } });
  await api.ask('POST', '/local/faults', { target: 'carrier', mode: 'ok' });
  const order = await api.settled(orderId);
  expect(order).toMatchObject({ status: 'cancelled', reason: 'cancelled-by-customer' });
  expect(await chargesOf(orderId)).toMatchObject([{ status: 'canceled', capturedMinor: 0 }]);
});

test('a completed order can no longer be cancelled', async () => {
  const orderId = await api.place(validOrder());
  await api.settled(orderId);
  expect(await api.ask('POST', `/api/v1/orders/${orderId}/cancel`)).toMatchObject({
    status: 409,
    body: { code: 'too-late-to-cancel', detail: expect.any(String) },
  });
});

test.each(['none', '0190a8f0-0000-7000-8000-000000000001'])(
  'an order %s that does not exist cannot be cancelled',
  async (id) => {
    expect(await api.ask('POST', `/api/v1/orders/${id}/cancel`)).toMatchObject({
      status: 404,
      body: { code: 'order-not-found', detail: 'There is no order of this id' },
    });
  },
);

test('health says that everything answers', async () => {
  expect(await api.ask('GET', '/api/v1/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
});

describe('bad input is a problem document with a code and pointers', () => {
  const withQuantity = (quantity: unknown) =>
    JSON.stringify({ ...validOrder(), items: [{ sku: 'TICKET-STANDARD', quantity }] });

  const manyItems = JSON.stringify({
    ...validOrder(),
    items: Array.from({ length: 200_000 }, () => validOrder().items[0]),
  });
  const withShipTo = (shipTo: object) =>
    JSON.stringify({ ...validOrder(), shipTo: { ...validOrder().shipTo, ...shipTo } });
  const withSku = (sku: string) => JSON.stringify({ ...validOrder(), items: [{ sku, quantity: 1 }] });

  test.each([
    ['malformed JSON', '{"customerId": "ada",', 400, 'invalid-json', undefined],
    ['an empty body', '', 400, 'invalid-json', undefined],
    ['nesting of 100,000', '['.repeat(100_000), 400, 'invalid-json', undefined],
    ['an array', '[]', 400, 'invalid-request', ''],
    ['__proto__', '{"__proto__": {"admin": true}}', 400, 'invalid-request', '/customerId'],
    ['an unknown sku', withSku('NO-SUCH'), 422, 'unknown-sku', '/items/0/sku'],
    ['a sku no table takes', withSku('a/b#c?'), 422, 'unknown-sku', '/items/0/sku'],
    ['quantity 0', withQuantity(0), 400, 'invalid-request', '/items/0/quantity'],
    ['quantity -1', withQuantity(-1), 400, 'invalid-request', '/items/0/quantity'],
    ['quantity 1.5', withQuantity(1.5), 400, 'invalid-request', '/items/0/quantity'],
    ['quantity 1e9', withQuantity(1e9), 400, 'invalid-request', '/items/0/quantity'],
    ['a lone surrogate in a name', withShipTo({ name: 'Ada \ud800' }), 400, 'invalid-request', '/shipTo/name'],
    ['NUL in a name', withShipTo({ name: 'Ada\u0000' }), 400, 'invalid-request', '/shipTo/name'],
    ['a line break in an address', withShipTo({ line1: 'a\r\nb' }), 400, 'invalid-request', '/shipTo/line1'],
    ['a sku with a lone surrogate', withSku('\ud800'), 400, 'invalid-request', '/items/0/sku'],
    ['a country there is none of', withShipTo({ country: 'ZZ' }), 400, 'invalid-request', '/shipTo/country'],
    [
      'no postal code where there are some',
      withShipTo({ postalCode: '' }),
      400,
      'invalid-request',
      '/shipTo/postalCode',
    ],
    ['10 MB of items', manyItems, 413, 'payload-too-large', undefined],
  ])('%s', async (_what, body, status, code, pointer) => {
    const answer = await api.ask<{ errors?: { pointer: string }[] }>('POST', '/api/v1/orders', body);
    expect(answer).toMatchObject({ status, body: { code, status } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.errors?.[0]?.pointer).toBe(pointer);
  });

  test('an address in Hong Kong has no postal code', async () => {
    const { postalCode: _, ...address } = validOrder().shipTo;
    const answer = await api.ask('POST', '/api/v1/orders', { ...validOrder(), shipTo: { ...address, country: 'HK' } });
    expect(answer.status).toBe(202);
  });

  test.each(['.', '..'])('a device of the id %s is refused: no URL can name it', async (deviceId) => {
    const reading = { deviceId, timestamp: new Date().toISOString(), values: { temperature: 1 } };
    expect(await api.ask('POST', '/api/v1/telemetry', [reading])).toMatchObject({
      status: 202,
      body: { accepted: 0, rejected: [{ index: 0, code: 'invalid-reading' }] },
    });
  });

  test.each(['customerId=%00', 'customerId=a%2Fb', `customerId=${'x'.repeat(2000)}`, 'customerId=%ED%A0%80'])(
    'a list of orders by %s is refused',
    async (query) => {
      expect(await api.ask('GET', `/api/v1/orders?${query}`)).toMatchObject({ status: 400 });
    },
  );

  test('a body without a length is refused once it is too large, and the connection goes on', async () => {
    const chunk = new TextEncoder().encode(' '.repeat(64 * 1024));
    const body = ReadableStream.from(Array.from({ length: 128 }, () => chunk));
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${azure.url}/api/v1/orders`, { method: 'POST', headers, body, duplex: 'half' });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'payload-too-large' });
    expect(await api.ask('GET', '/api/v1/products')).toMatchObject({ status: 200 });
  });

  test.each([
    'none',
    '0',
    '0190a8f0-0000-7000-8000-000000000001',
    '%00',
    'a%2Fb',
    `'%20or%20'1'%20eq%20'1`,
    'x'.repeat(2000),
  ])('an order of the id %s is not found', async (id) => {
    expect(await api.ask('GET', `/api/v1/orders/${id}`)).toMatchObject({
      status: 404,
      body: { code: 'order-not-found' },
    });
  });

  test('a product that does not exist is not found', async () => {
    expect(await api.ask('GET', '/api/v1/products/NO-SUCH')).toMatchObject({
      status: 404,
      body: { code: 'product-not-found' },
    });
  });

  test('a continuation nobody gave out is refused', async () => {
    expect(await api.ask('GET', '/api/v1/products?continuation=nonsense')).toMatchObject({
      status: 400,
      body: { code: 'invalid-request' },
    });
  });
});
