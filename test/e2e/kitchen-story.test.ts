// A pizza's way: paid, begun by the kitchen, ready, fetched by a driver, delivered.
import { expect, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { localAzureForFile } from '../support/local-azure-for-file.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

const azure = localAzureForFile();
const api = apiClient(() => azure.url);

const pizza = () => validOrder({ items: [{ sku: 'PIZZA-MARGHERITA', quantity: 2 }] });

interface Ticket {
  readonly orderId: string;
  readonly paidAt: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
}
type Tickets = { readonly items: readonly Ticket[]; readonly continuation?: string };

const tickets = (query = '') => api.get<Tickets>(`/api/v1/kitchens/kitchen-harbour/orders${query}`);
const say = (orderId: string, what: 'ready' | 'delivered', key?: string) =>
  api.ask<{ code?: string }>(
    'POST',
    `/api/v1/orders/${orderId}/${what}`,
    undefined,
    key ? { 'idempotency-key': key } : {},
  );
const seen = (orderId: string, type: string) =>
  waitFor(`${type} of ${orderId}`, async () => (await api.events(orderId)).includes(type));

test('an order of food is cooked, fetched and delivered', async () => {
  const orderId = await api.place(pizza());
  expect(await say(orderId, 'delivered')).toMatchObject({ status: 409, body: { code: 'not-ready' } });
  await seen(orderId, 'PreparationStarted');
  expect((await tickets()).items).toContainEqual({
    orderId,
    paidAt: expect.any(String),
    items: [{ sku: 'PIZZA-MARGHERITA', quantity: 2 }],
  });
  expect(await say(orderId, 'delivered')).toMatchObject({ status: 409, body: { code: 'not-ready' } });
  expect(await say(orderId, 'ready')).toMatchObject({ status: 202, body: { orderId, status: 'completed' } });
  expect((await tickets()).items.map((ticket) => ticket.orderId)).not.toContain(orderId);
  await seen(orderId, 'DriverDispatched');
  expect(await say(orderId, 'delivered')).toMatchObject({ status: 202, body: { orderId } });
  expect((await api.events(orderId)).slice(-5)).toEqual([
    'OrderCompleted',
    'PreparationStarted',
    'OrderReady',
    'DriverDispatched',
    'OrderDelivered',
  ]);
});

test('said again, with a key or without, ready and delivered change nothing', async () => {
  const orderId = await api.place(pizza());
  await seen(orderId, 'PreparationStarted');
  const ready = await Promise.all(['a', 'a', 'b', undefined, undefined].map((key) => say(orderId, 'ready', key)));
  await seen(orderId, 'DriverDispatched');
  const delivered = await Promise.all(['a', 'a', undefined].map((key) => say(orderId, 'delivered', key)));
  ready.push(await say(orderId, 'ready', 'a'), await say(orderId, 'ready'));
  expect(new Set([...ready, ...delivered].map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(ready.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  const events = await api.events(orderId);
  for (const type of ['PreparationStarted', 'OrderReady', 'DriverDispatched', 'OrderDelivered'])
    expect(events.filter((each) => each === type)).toHaveLength(1);
});

test('what no kitchen makes is not ready, and what is cancelled never comes to the kitchen', async () => {
  const mug = await api.place(validOrder({ items: [{ sku: 'MUG-MILLRACE', quantity: 1 }] }));
  const declined = await api.place({ ...pizza(), payment: { method: 'pm_card_chargeDeclined' } });
  for (const orderId of [mug, declined]) {
    await api.settled(orderId);
    expect(await say(orderId, 'ready')).toMatchObject({ status: 409, body: { code: 'not-preparing' } });
  }
  expect((await tickets()).items.map(({ orderId }) => orderId)).not.toContain(declined);
  expect(await say('none', 'ready')).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
});

test('an order that was begun can no longer be cancelled', async () => {
  const orderId = await api.place(pizza());
  await seen(orderId, 'PreparationStarted');
  expect(await api.ask('POST', `/api/v1/orders/${orderId}/cancel`)).toMatchObject({
    status: 409,
    body: { code: 'too-late-to-cancel' },
  });
});

test('tickets come in the order of payment, page by page; a kitchen nobody knows has none', async () => {
  const orderIds = await Promise.all(Array.from({ length: 6 }, () => api.place(pizza())));
  for (const orderId of orderIds) await seen(orderId, 'PreparationStarted');
  const all = (await tickets()).items;
  expect(all.map(({ paidAt }) => paidAt)).toEqual(all.map(({ paidAt }) => paidAt).toSorted());
  expect(all.map(({ orderId }) => orderId)).toEqual(expect.arrayContaining(orderIds));
  const first = await tickets('?limit=4');
  const rest = await tickets(`?limit=200&continuation=${encodeURIComponent(first.continuation ?? '')}`);
  expect([...first.items, ...rest.items]).toEqual(all);
  expect(await api.get('/api/v1/kitchens/none/orders')).toEqual({ items: [] });
  expect(await api.get('/api/v1/kitchens/a%2Fb%23/orders')).toEqual({ items: [] });
});

test('a driver is sent once the carrier is back, and one order is one collection', async () => {
  const orderId = await api.place(pizza());
  await seen(orderId, 'PreparationStarted');
  await api.ask('POST', '/local/faults', { target: 'carrier', mode: 'down', count: 3 });
  await say(orderId, 'ready');
  await seen(orderId, 'DriverDispatched');
  expect((await api.events(orderId)).filter((type) => type === 'DriverDispatched')).toHaveLength(1);
});
