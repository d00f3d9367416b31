// Fault 5: one undo of three fails for good. The others are done, a person is told once, and what they decide is done once, however
// often they ask. In the test's own process, under a clock that skips: half an hour of trying takes no time.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, skippingClock, startLocal } from '../../local/testing/testing.ts';
import { apiClient } from '../support/api-client.ts';
import { validOrder } from '../support/order-requests.ts';
import { taskClient } from '../support/task-client.ts';
import { waitFor } from '../support/wait-for.ts';

let local: Local;
let api: ReturnType<typeof apiClient>;
let standIns: ReturnType<typeof apiClient>;
let tasks: ReturnType<typeof taskClient>;
/** Of orders whose money was taken, unseen, and cannot be given back. */
let orderIds: readonly [string, string, string];

const fault = (target: string, mode: string) => standIns.ask('POST', '/local/faults', { target, mode });
const charge = async (orderId: string) => (await standIns.payments()).find((row) => row.orderId === orderId);

async function untilAll(label: string, check: (orderId: string) => Promise<boolean>): Promise<void> {
  for (const orderId of orderIds) await waitFor(`${label} ${orderId}`, () => check(orderId), { timeoutMs: 60_000 });
}

beforeAll(async () => {
  // Signals measured in each minute that is skipped would be most of what happens here.
  const settings = { 'AzureWebJobs.measureSignals.Disabled': 'true' };
  local = await startLocal({ app: '.', topology: 'infra/topology.json', clock: skippingClock(), settings });
  api = apiClient(local.url);
  standIns = apiClient(local.servicesUrl);
  tasks = taskClient(local.url);
  await fault('carrier', 'down');
  orderIds = [await api.place(validOrder()), await api.place(validOrder()), await api.place(validOrder())];
  await untilAll('PaymentAuthorised of', async (orderId) => (await api.events(orderId)).includes('PaymentAuthorised'));
  await fault('payments', 'lost-answer');
  await fault('carrier', 'ok');
  await untilAll('the capture of', async (orderId) => (await charge(orderId))?.capturedMinor === 9800);
  await fault('payments', 'down');
  for (const orderId of orderIds) await api.ask('POST', `/api/v1/orders/${orderId}/cancel`);
  for (const orderId of orderIds) await local.finished(orderId);
});

afterAll(async () => {
  await local.close();
});

test('fault 5: the other undos are done, the order needs attention, one task and one mail say so', async () => {
  for (const orderId of orderIds) {
    const events = await api.events(orderId);
    expect(events.filter((type) => type === 'CompensationFailed')).toEqual(['CompensationFailed']);
    expect(events).not.toContain('OrderCancelled');
    expect(await api.order(orderId)).toMatchObject({ status: 'needs-attention', reason: 'cancelled-by-customer' });
    const task = await tasks.of(orderId);
    expect(task).toMatchObject({ kind: 'compensation', step: 'reverse-payment', state: 'open', raised: 1 });
  }
  const shipments = await standIns.get<{ status: string }[]>('/local/shipments');
  expect(shipments.map(({ status }) => status)).toEqual(orderIds.map(() => 'cancelled'));
  const mails = await waitFor('a mail a task', async () => {
    const alerts = (await standIns.get<{ to: string; text: string }[]>('/local/mail')).filter(
      ({ to }) => to === 'operator@millrace.example',
    );
    return alerts.length >= orderIds.length && alerts;
  });
  expect(mails.length).toBe(orderIds.length);
  for (const orderId of orderIds) expect(mails.filter(({ text }) => text.includes(orderId)).length).toBe(1);
});

test('fault 5: a retry while the provider is down is refused, and stands in the history', async () => {
  const [orderId] = orderIds;
  const { taskId } = await tasks.of(orderId);
  const refused = await tasks.act(taskId, 'retry');
  expect(refused).toMatchObject({ status: 503, body: { code: 'payments-unavailable' } });
  expect((await tasks.get(taskId)).history.at(-1)).toMatchObject({ action: 'retry', outcome: 'failed' });
  expect(await api.order(orderId)).toMatchObject({ status: 'needs-attention' });
});

test('fault 5: two retries at once, and again, refund once and cancel the order', async () => {
  const [orderId] = orderIds;
  const { taskId } = await tasks.of(orderId);
  await fault('payments', 'ok');
  // The circuit of payments is open for some seconds yet.
  const answers = await waitFor(
    'two retries that are both done',
    async () => {
      const both = await Promise.all([tasks.act(taskId, 'retry'), tasks.act(taskId, 'retry', 'the provider is back')]);
      return both.every(({ status }) => status === 200) && both;
    },
    { timeoutMs: 30_000, intervalMs: 500 },
  );
  for (const { body } of answers) expect(body).toMatchObject({ state: 'closed', closedAs: 'retried' });
  expect(await tasks.act(taskId, 'retry')).toMatchObject({ status: 200 });
  expect(await api.order(orderId)).toMatchObject({ status: 'cancelled', payment: { status: 'refunded' } });
  expect(await charge(orderId)).toMatchObject({ capturedMinor: 9800, refundedMinor: 9800 });
  const events = await api.events(orderId);
  expect(events.slice(-2)).toEqual(['CompensationResolved', 'OrderCancelled']);
  expect(await tasks.act(taskId, 'skip', 'never mind')).toMatchObject({ status: 409, body: { code: 'task-closed' } });
});

test.each([
  ['skip', 1, 'skipped'],
  ['resolve', 2, 'resolved'],
] as const)(
  'fault 5: %s leaves the money to the operator, and cancels the order once',
  async (action, index, closedAs) => {
    const orderId = orderIds[index];
    const { taskId } = await tasks.of(orderId);
    expect(await tasks.act(taskId, action)).toMatchObject({ status: 400, body: { errors: [{ pointer: '/note' }] } });
    const answers = await Promise.all([1, 2, 3].map(() => tasks.act(taskId, action, 'paid back by hand')));
    for (const { status, body } of answers) expect([status, body]).toMatchObject([200, { state: 'closed', closedAs }]);
    expect((await tasks.get(taskId)).history.at(-1)).toMatchObject({
      action,
      outcome: closedAs,
      note: 'paid back by hand',
    });
    expect((await api.order(orderId)).status).toBe('cancelled');
    const events = await api.events(orderId);
    expect(events.filter((type) => ['CompensationResolved', 'OrderCancelled'].includes(type)).length).toBe(2);
    expect(await charge(orderId)).toMatchObject({ capturedMinor: 9800, refundedMinor: 0 });
    expect(await tasks.act(taskId, 'retry')).toMatchObject({ status: 409, body: { code: 'task-closed' } });
  },
);

test('fault 40: the same Idempotency-Key gets the same answer, and stands for one body', async () => {
  const { taskId } = await tasks.of(orderIds[1]);
  const act = (note: string) =>
    api.ask('POST', `/api/v1/operator-tasks/${taskId}/skip`, { note }, { 'idempotency-key': 'skip-it' });
  const [first, ...repeats] = [await act('as before'), await act('as before')];
  expect(first).toMatchObject({ status: 200, body: { taskId, closedAs: 'skipped' } });
  expect(repeats.map(({ body }) => body)).toEqual([first?.body]);
  expect(await act('another')).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
});

test('a task that nobody raised is 404, whatever its id looks like', async () => {
  for (const id of ['019a2b5e-7c11-7d34-9a55-3f0c2d6b8e01', 'task', '%27%20or%201']) {
    expect(await tasks.act(id, 'retry')).toMatchObject({ status: 404, body: { code: 'task-not-found' } });
    expect(await api.ask('GET', `/api/v1/operator-tasks/${id}`)).toMatchObject({ status: 404 });
  }
});

test('lists are of open tasks, of closed ones, or of both', async () => {
  expect((await tasks.list('?state=open')).length).toBe(0);
  expect((await tasks.list('?state=closed')).length).toBe(3);
  expect((await tasks.list('?limit=2')).length).toBe(2);
  expect(await api.ask('GET', '/api/v1/operator-tasks?state=late')).toMatchObject({ status: 400 });
});
