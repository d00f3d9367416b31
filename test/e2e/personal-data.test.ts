// Export and erasure of a person's data, through the app with everything that stores something.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, startLocal } from '../../local/testing/testing.ts';
import { apiClient } from '../support/api-client.ts';
import { everythingStored } from '../support/everything-stored.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

let local: Local;
let api: ReturnType<typeof apiClient>;
let standIns: ReturnType<typeof apiClient>;

beforeAll(async () => {
  const settings = { BACK_OFF_LIMIT_SECONDS: '1' };
  local = await startLocal({ app: '.', topology: 'infra/topology.json', settings });
  api = apiClient(local.url);
  standIns = apiClient(local.servicesUrl);
});
afterAll(async () => {
  await local.close();
});

const customerId = 'zq-1';
const person = { customerId, email: 'Zelda.Quux@example.com' };
const shipTo = { ...validOrder().shipTo, name: 'Zelda Quux', line1: 'Quuxstraat 9' };
const order = (changes: object = {}) => ({ ...validOrder({ ...person, shipTo }), ...changes });
const data = `/api/v1/customers/${customerId}/data`;
const aboutHer = /zelda|quux/i;

interface Exported {
  readonly contacts: readonly { readonly orderId: string; readonly name: string; readonly email: string }[];
  readonly orders: readonly { readonly orderId: string; readonly status: string; readonly events: readonly object[] }[];
  readonly videos: readonly { readonly videoId: string; readonly email: string }[];
}

const place = async (changes: object = {}): Promise<string> =>
  (await api.ask<{ orderId: string }>('POST', '/api/v1/orders', order(changes))).body.orderId;

const placesThatNameHer = async (): Promise<string[]> => {
  const places = new Set<string>();
  for await (const { place: where, text } of everythingStored(local.storage, local.serviceBus)) {
    if (aboutHer.test(text)) places.add(where);
  }
  return [...places];
};

const fault = (target: string, mode: string) => standIns.ask('POST', '/local/faults', { target, mode });

test('of somebody who was never here there is nothing to export, and to erase nothing is no fault', async () => {
  expect(await api.ask('GET', '/api/v1/customers/nobody/data')).toMatchObject({
    status: 404,
    body: { code: 'customer-not-found' },
  });
  expect(await api.ask('DELETE', '/api/v1/customers/nobody/data')).toMatchObject({ status: 204 });
  expect(await api.ask('DELETE', `/api/v1/customers/${encodeURIComponent('a/b')}/data`)).toMatchObject({ status: 404 });
});

test('a person is exported whole, is erased once no order is under way, and stands nowhere after that', async () => {
  const completed = await place();
  const draft = await place({ draft: true });
  const cancelled = await place({ payment: { method: 'pm_card_chargeDeclined' } });
  await Promise.all([api.settled(completed), api.settled(cancelled)]);
  const film = { fileName: 'film.mp4', contentType: 'video/mp4', sizeBytes: 1000, email: 'zelda.quux@EXAMPLE.com' };
  const { videoId } = (await api.ask<{ videoId: string }>('POST', '/api/v1/videos', film)).body;

  const exported = await waitFor('all three orders in the export', async () => {
    const { body } = await api.ask<Exported>('GET', data);
    return body.orders.length === 3 && body;
  });
  expect(exported.contacts.map(({ orderId }) => orderId).toSorted()).toEqual([completed, draft, cancelled].toSorted());
  expect(exported.contacts[0]).toMatchObject({ name: 'Zelda Quux', email: person.email, line1: 'Quuxstraat 9' });
  expect(exported.orders.find(({ orderId }) => orderId === completed)?.events).toContainEqual(
    expect.objectContaining({ version: 1, type: 'OrderCreated', data: expect.objectContaining({ customerId }) }),
  );
  expect(exported.videos).toMatchObject([{ videoId, email: film.email, status: 'awaiting-upload' }]);
  expect(await placesThatNameHer()).toEqual(expect.arrayContaining(['table contacts', 'table videos']));

  // One order is under way: nothing goes.
  await fault('carrier', 'down');
  const open = await place();
  expect(await api.ask('DELETE', data)).toMatchObject({
    status: 409,
    body: { code: 'orders-open', errors: [{ pointer: `/orders/${open}` }] },
  });
  expect((await api.ask<Exported>('GET', data)).body.contacts).toHaveLength(4);
  // Its confirmation is due, and the mail service away.
  await fault('mail', 'down');
  await fault('carrier', 'ok');
  expect(await api.settled(open)).toMatchObject({ status: 'completed' });

  expect(await api.ask('DELETE', data)).toMatchObject({ status: 204 });
  expect(await api.ask('DELETE', data)).toMatchObject({ status: 204 });
  await fault('mail', 'ok');
  await waitFor('the confirmation given up', () =>
    local.output().includes(`order ${open}: no mail about PaymentCaptured, the contact was erased`),
  );
  expect(await standIns.mails(open)).toEqual([]);
  expect(await api.order(draft)).toMatchObject({ status: 'cancelled', reason: 'cancelled-by-customer' });
  const left = (await api.ask<Exported>('GET', data)).body;
  expect(left).toMatchObject({ contacts: [], videos: [] });
  expect(left.orders).toHaveLength(4);
  expect(await placesThatNameHer()).toEqual([]);
  expect(local.output().match(aboutHer)).toBeNull();
});

test('each mail of an order comes once: confirmation, or apology with its reason; none about a draft', async () => {
  const shipped = await api.place(validOrder());
  const refused = await api.place(validOrder({ payment: { method: 'pm_card_chargeDeclined' } }));
  const draft = (await api.ask<{ orderId: string }>('POST', '/api/v1/orders', { ...validOrder(), draft: true })).body;
  await api.ask('POST', `/api/v1/orders/${draft.orderId}/cancel`);
  await waitFor(
    'both mails',
    async () => (await standIns.mails(shipped)).length + (await standIns.mails(refused)).length > 1,
  );
  expect(await standIns.mails(shipped)).toMatchObject([{ subject: `Your order ${shipped} is confirmed` }]);
  const [apology, ...others] = await standIns.mails(refused);
  expect(apology).toMatchObject({
    subject: `Your order ${refused} is cancelled`,
    text: expect.stringMatching(/payment was declined[^]*not been charged anything/),
  });
  expect(others).toEqual([]);
  await waitFor('nothing to say', () =>
    local.output().includes(`order ${draft.orderId}: no mail about OrderCancelled`),
  );
  expect(await standIns.mails(draft.orderId)).toEqual([]);
});
