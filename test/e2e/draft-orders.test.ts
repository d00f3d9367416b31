// Drafts, moments and Idempotency-Keys over HTTP. Fault 40: the lines about the key.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Local, skippingClock, startLocal } from '../../local/testing/testing.ts';
import { apiClient, type OrderView } from '../support/api-client.ts';
import { validOrder } from '../support/order-requests.ts';

let local: Local;
let api: ReturnType<typeof apiClient>;

beforeAll(async () => {
  local = await startLocal({ app: '.', topology: 'infra/topology.json', clock: skippingClock() });
  api = apiClient(local.url);
});
afterAll(async () => {
  await local.close();
});

const draft = async (): Promise<string> => {
  const { status, body } = await api.ask<{ orderId: string; status: string }>(
    'POST',
    '/api/v1/orders',
    validOrder({ draft: true }),
  );
  expect({ status, order: body.status }).toEqual({ status: 202, order: 'draft' });
  return body.orderId;
};
const post = (orderId: string, action: string, body?: unknown, key?: string) =>
  api.ask<OrderView & { itemCount: number; errors?: { pointer: string }[] }>(
    'POST',
    `/api/v1/orders/${orderId}/${action}`,
    body,
    key === undefined ? {} : { 'idempotency-key': key },
  );
const pizza = { sku: 'PIZZA-MARGHERITA', quantity: 2 };

test('a draft grows, is submitted and completes; each of its moments can be read again', async () => {
  const orderId = await draft();
  expect(await post(orderId, 'items', pizza)).toMatchObject({
    status: 200,
    body: { orderId, status: 'draft', itemCount: 2, total: { amountMinor: 11_700, currency: 'EUR' }, version: 2 },
  });
  const submitted = await post(orderId, 'submit');
  expect(submitted).toMatchObject({ status: 202, body: { orderId, status: 'accepted' } });
  expect(submitted.headers.get('location')).toBe(`/api/v1/orders/${orderId}`);
  expect(await api.settled(orderId)).toMatchObject({ status: 'completed', total: { amountMinor: 11_700 } });
  expect((await post(orderId, 'submit')).body).toEqual(submitted.body);
  expect(await post(orderId, 'items', pizza)).toMatchObject({ status: 409, body: { code: 'order-not-draft' } });
  const asOf = (moment: string) => api.ask<OrderView>('GET', `/api/v1/orders/${orderId}?asOf=${moment}`);
  expect(await asOf('1')).toMatchObject({ status: 200, body: { status: 'draft', total: { amountMinor: 9800 } } });
  expect(await asOf('3')).toMatchObject({ status: 200, body: { status: 'accepted', version: 3 } });
  expect(await asOf('2000-01-01T00:00:00Z')).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
  expect(await asOf('999')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  expect(await asOf('soon')).toMatchObject({ status: 400, body: { errors: [{ pointer: '/asOf' }] } });
});

test('the events of an order are walked page by page', async () => {
  const orderId = await draft();
  for (let n = 0; n < 4; n += 1) await post(orderId, 'items', pizza);
  type Page = { items: { version: number }[]; continuation?: string };
  const path = `/api/v1/orders/${orderId}/events?limit=2`;
  const versions: number[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const page: Page = await api.get<Page>(`${path}${next && `&continuation=${next}`}`);
    versions.push(...page.items.map(({ version }) => version));
    next = page.continuation;
  }
  expect(versions).toEqual([1, 2, 3, 4, 5]);
  expect(await api.ask('GET', `${path}&continuation=x`)).toMatchObject({ status: 400 });
});

test('a draft is cancelled at once and cannot be submitted any more', async () => {
  const orderId = await draft();
  expect(await post(orderId, 'cancel')).toMatchObject({ status: 202, body: { status: 'cancelled' } });
  expect(await post(orderId, 'cancel')).toMatchObject({ status: 202, body: { status: 'cancelled' } });
  expect(await post(orderId, 'submit')).toMatchObject({ status: 409, body: { code: 'order-not-draft' } });
  expect(await api.events(orderId)).toEqual(['OrderCreated', 'CancelRequested', 'OrderCancelled']);
});

describe('fault 40: an Idempotency-Key', () => {
  test('with another body is refused for each operation', async () => {
    const orderId = await draft();
    for (const [action, body, other] of [
      ['items', pizza, { ...pizza, quantity: 3 }],
      ['submit', undefined, { please: true }],
      ['cancel', undefined, { please: true }],
    ] as const) {
      const key = randomUUID();
      expect((await post(orderId, action, body, key)).status).toBeLessThan(300);
      expect(await post(orderId, action, other, key)).toMatchObject({
        status: 422,
        body: { code: 'idempotency-key-reused' },
      });
    }
  });

  test('of 20 concurrent requests is one item, and one answer', async () => {
    const orderId = await draft();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(orderId, 'items', pizza, key)));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(await api.events(orderId)).toEqual(['OrderCreated', 'OrderItemAdded']);
  });

  test('of 20 concurrent orders is one order', async () => {
    const key = randomUUID();
    const ids = await Promise.all(Array.from({ length: 20 }, () => api.place(validOrder({ draft: true }), key)));
    expect(new Set(ids).size).toBe(1);
  });

  test('is answered as the first time though the order has moved on', async () => {
    const orderId = await draft();
    const item = await post(orderId, 'items', pizza, 'item-1');
    const submitted = await post(orderId, 'submit', undefined, 'submit-1');
    await api.settled(orderId);
    expect((await post(orderId, 'items', pizza, 'item-1')).body).toEqual(item.body);
    expect((await post(orderId, 'submit', undefined, 'submit-1')).body).toEqual(submitted.body);
    const types = await api.events(orderId);
    expect(types.filter((type) => ['OrderItemAdded', 'OrderPlaced'].includes(type))).toHaveLength(2);
  });
});

describe('a bad item is refused with its pointer, and the draft stays as it is', () => {
  test.each([
    ['without sku', { quantity: 1 }, 400, 'invalid-request', '/sku'],
    ['of quantity 0', { ...pizza, quantity: 0 }, 400, 'invalid-request', '/quantity'],
    ['of quantity 10,001', { ...pizza, quantity: 10_001 }, 400, 'invalid-request', '/quantity'],
    ['with a field nobody knows', { ...pizza, note: 'x' }, 400, 'invalid-request', ''],
    ['that does not exist', { ...pizza, sku: 'NO-SUCH' }, 422, 'unknown-sku', '/sku'],
    [
      'in a currency nobody knows',
      { ...pizza, unitPrice: { amountMinor: 950, currency: 'XXX' } },
      400,
      'invalid-request',
      '/unitPrice/currency',
    ],
    [
      'at yesterday’s price',
      { ...pizza, unitPrice: { amountMinor: 900, currency: 'EUR' } },
      409,
      'price-changed',
      '/unitPrice',
    ],
  ])('%s', async (_what, item, status, code, pointer) => {
    const orderId = await draft();
    const answer = await post(orderId, 'items', item);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body.errors?.[0]?.pointer).toBe(pointer);
    expect(await api.events(orderId)).toEqual(['OrderCreated']);
  });

  test.each(['items', 'submit', 'cancel'])('%s of an order that does not exist is not found', async (action) => {
    for (const id of ['none', randomUUID()]) {
      expect(await post(id, action, pizza)).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
    }
  });
});
