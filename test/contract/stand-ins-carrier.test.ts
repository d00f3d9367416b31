import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandInsServer, startStandInsServer } from '../support/stand-ins-server.ts';

let server: StandInsServer;
beforeAll(async () => {
  server = await startStandInsServer();
});
afterAll(() => server.close());

const order = {
  reference: 'o-1',
  parcels: [{ sku: 'TICKET-STANDARD', quantity: 2 }],
  to: { name: 'Ada', line1: 'Mill Lane 1', city: 'Ely', postalCode: 'CB7', country: 'GB' },
};
const arrange = (key: string, body: unknown = order) =>
  fetch(`${server.origin}/carrier/shipments`, {
    method: 'POST',
    headers: key ? { 'idempotency-key': key } : {},
    body: JSON.stringify(body),
  });
type Shipment = { shipmentId: string; trackingId: string; status: string };
const shipmentIn = async (answer: Response) => (await answer.json()) as Shipment;

test('arranges a shipment, and finds it again', async () => {
  const answer = await arrange('k-1');
  expect(answer.status).toBe(201);
  const shipment = await shipmentIn(answer);
  expect(shipment).toMatchObject({
    status: 'arranged',
    reference: 'o-1',
    trackingId: expect.stringMatching(/^MR\d{10}$/),
  });
  const found = await fetch(`${server.origin}${answer.headers.get('location')}`);
  expect(await found.json()).toEqual(shipment);
});

test('answers the same key with the same shipment', async () => {
  const first = await shipmentIn(await arrange('k-2'));
  const again = await arrange('k-2');
  expect(again.status).toBe(200);
  expect(await again.json()).toEqual(first);
});

test('ships once for one key, however many ask at the same moment', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, async () => shipmentIn(await arrange('k-3'))));
  expect(new Set(answers.map(({ shipmentId }) => shipmentId)).size).toBe(1);
});

test('refuses the same key for another shipment', async () => {
  await arrange('k-4');
  expect((await arrange('k-4', { ...order, reference: 'o-2' })).status).toBe(422);
});

const post = (shipmentId: string, action: string) =>
  fetch(`${server.origin}/carrier/shipments/${shipmentId}/${action}`, { method: 'POST' });

test('sends one driver for a shipment, however often and however many ask', async () => {
  const { shipmentId } = await shipmentIn(await arrange('k-collect'));
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(shipmentId, 'collect')));
  const collected = await Promise.all(answers.map(async (answer) => (await answer.json()) as { driver: string }));
  expect(collected[0]).toMatchObject({ shipmentId, driver: expect.stringMatching(/^driver-\d+$/) });
  expect(new Set(collected.map(({ driver }) => driver)).size).toBe(1);
});

test('does not cancel what was collected, nor collect what was cancelled', async () => {
  const left = await shipmentIn(await arrange('k-left'));
  await post(left.shipmentId, 'collect');
  expect((await post(left.shipmentId, 'cancel')).status).toBe(409);
  const called = await shipmentIn(await arrange('k-called-off'));
  await post(called.shipmentId, 'cancel');
  expect((await post(called.shipmentId, 'collect')).status).toBe(409);
  expect((await post('shp_none', 'collect')).status).toBe(404);
});

test('cancels, also twice', async () => {
  const { shipmentId } = await shipmentIn(await arrange('k-5'));
  const cancel = () => fetch(`${server.origin}/carrier/shipments/${shipmentId}/cancel`, { method: 'POST' });
  expect(await shipmentIn(await cancel())).toMatchObject({ shipmentId, status: 'cancelled' });
  expect(await shipmentIn(await cancel())).toMatchObject({ shipmentId, status: 'cancelled' });
});

test('says what is wrong with a shipment', async () => {
  const answer = await arrange('k-6', { reference: '', parcels: [{ sku: 'A', quantity: 0 }] });
  expect(answer.status).toBe(400);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
  expect(errors.map(({ pointer }) => pointer)).toEqual(['/reference', '/to', '/parcels/0/quantity']);
});

test.each(['{', '[]', 'null', ''])('refuses the body %j', async (body) => {
  const headers = { 'idempotency-key': 'k-7' };
  const answer = await fetch(`${server.origin}/carrier/shipments`, { method: 'POST', headers, body });
  expect(answer.status).toBe(400);
});

test('demands a key', async () => {
  expect((await arrange('')).status).toBe(400);
});

test('answers 404 for a shipment and an address it does not know', async () => {
  expect((await fetch(`${server.origin}/carrier/shipments/shp_none`)).status).toBe(404);
  expect((await fetch(`${server.origin}/carrier/shipments/shp_none/cancel`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${server.origin}/carrier/elsewhere`)).status).toBe(404);
});

test('lists shipments at /local/shipments', async () => {
  const { shipmentId } = await shipmentIn(await arrange('k-8'));
  const listed = (await (await fetch(`${server.origin}/local/shipments`)).json()) as Shipment[];
  expect(listed.map((shipment) => shipment.shipmentId)).toContain(shipmentId);
});

test('a body above 10 MB is refused', async () => {
  expect((await arrange('k-9', { ...order, reference: 'x'.repeat(11 * 1024 * 1024) })).status).toBe(413);
});
