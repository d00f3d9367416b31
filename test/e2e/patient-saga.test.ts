// The app in the test's own process, under a clock that skips: back-offs and time-outs take no time. What it did is recorded
// for test/host/recorded-histories.test.ts when RECORD_HISTORIES is set.
import { ServiceBusClient } from '@azure/service-bus';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Local, recordHistory, replayHistory, skippingClock, startLocal } from '../../local/testing/testing.ts';
import type { Health } from '../../shared/adapters/resilience/health.ts';
import { tables } from '../../shared/kernel/topology.ts';
import { toMessage } from '../../shared/contracts/contract.ts';
import { processOrder } from '../../shared/contracts/orders.ts';
import { apiClient } from '../support/api-client.ts';
import { makeVideo } from '../support/make-video.ts';
import { validOrder } from '../support/order-requests.ts';
import { videoClient } from '../support/video-client.ts';
import { waitFor } from '../support/wait-for.ts';

/** Of the saga's pauses, the first three. */
const pausesMs = 1_000 + 2_000 + 4_000;
const minuteMs = 60_000;
const isRecording = process.env['RECORD_HISTORIES'] !== undefined;
const recordings = join(import.meta.dirname, '../host/histories');
const root = process.cwd();

let local: Local;
let api: ReturnType<typeof apiClient>;
let standIns: ReturnType<typeof apiClient>;

beforeAll(async () => {
  // Signals measured in each minute that is skipped would be most of what happens here.
  const settings = { 'AzureWebJobs.measureSignals.Disabled': 'true' };
  local = await startLocal({ app: '.', topology: 'infra/topology.json', clock: skippingClock(), settings });
  api = apiClient(local.url);
  standIns = apiClient(local.servicesUrl);
});
afterEach(async () => {
  await fault('payments', 'ok');
  await fault('carrier', 'ok');
});
afterAll(async () => {
  await local.close();
});

const fault = (target: 'payments' | 'carrier', mode: string, count?: number) =>
  standIns.ask('POST', '/local/faults', { target, mode, ...(count === undefined ? {} : { count }) });
const cancel = (orderId: string) => api.ask('POST', `/api/v1/orders/${orderId}/cancel`);
const chargesOf = async (orderId: string) => (await standIns.payments()).filter((row) => row.orderId === orderId);
const mailsOf = async (orderId: string) => {
  await local.skipUntilIdle({ withinMs: minuteMs });
  return await standIns.mails(orderId);
};

const historyOf = async (orderId: string) => await recordHistory(local, orderId).catch((): undefined => undefined);

/** So many attempts of the activity have been made, or begun. */
const untilAttempts = (orderId: string, activity: string, count: number) =>
  waitFor(`${count} attempts of ${activity}`, async () => {
    const recorded = await historyOf(orderId);
    return (recorded?.history.filter((event) => 'Name' in event && event.Name === activity).length ?? 0) >= count;
  });

/** The history fits the app it comes from; it is kept when histories are recorded. */
async function checkHistory(instanceId: string, name: string): Promise<number> {
  const recorded = await recordHistory(local, instanceId);
  await replayHistory(recorded, { app: root });
  if (isRecording) writeFileSync(join(recordings, `${name}.json`), `${JSON.stringify(recorded, null, 1)}\n`);
  return recorded.history.length;
}

test('an order completes', async () => {
  const orderId = await api.place(validOrder());
  expect((await local.finished(orderId)).output).toEqual({ status: 'completed' });
  expect(await mailsOf(orderId)).toHaveLength(1);
  await checkHistory(orderId, 'payment-saga-v2.completed');
});

test('a declined card cancels the order', async () => {
  const orderId = await api.place(validOrder({ payment: { method: 'pm_card_chargeDeclined' } }));
  expect((await local.finished(orderId)).output).toEqual({ status: 'cancelled', reason: 'payment-declined' });
  await checkHistory(orderId, 'payment-saga-v2.declined');
});

test('an order waits for a payment provider that is down, and is charged once [faults 3, 17]', async () => {
  // Two a try: stripe tries again itself. After five failed tries the app's circuit breaker opens, by its own clock.
  await fault('payments', 'down', 6);
  const startedMs = local.clock.now();
  const orderId = await api.place(validOrder());
  expect((await local.finished(orderId)).output).toEqual({ status: 'completed' });
  expect(local.clock.now() - startedMs).toBeGreaterThanOrEqual(pausesMs);
  expect(await chargesOf(orderId)).toMatchObject([{ status: 'succeeded', capturedMinor: 9800 }]);
  await checkHistory(orderId, 'payment-saga-v2.provider-down');
});

test('an authorisation whose answer is lost is asked for again by its key: one charge [faults 2, 3]', async () => {
  await fault('payments', 'lost-answer', 1);
  const orderId = await api.place(validOrder());
  expect((await local.finished(orderId)).output).toEqual({ status: 'completed' });
  expect(await chargesOf(orderId)).toMatchObject([{ status: 'succeeded', capturedMinor: 9800 }]);
});

test('cancelled while nobody knows what became of the payment: that is found out, then voided [faults 3, 7]', async () => {
  await fault('payments', 'lost-answer', 1);
  const orderId = await api.place(validOrder());
  await untilAttempts(orderId, 'authorise-payment', 1);
  expect(await cancel(orderId)).toMatchObject({ status: 202 });
  expect((await local.finished(orderId)).output).toEqual({ status: 'cancelled', reason: 'cancelled-by-customer' });
  const charges = await chargesOf(orderId);
  expect(charges).toMatchObject([{ status: 'canceled', capturedMinor: 0 }]);
  expect(await api.order(orderId)).toMatchObject({ status: 'cancelled', payment: { status: 'voided' } });
});

test('cancelled while the carrier is down: the signal ends the pause, the payment is voided [fault 7]', async () => {
  await fault('carrier', 'down');
  const orderId = await api.place(validOrder());
  await untilAttempts(orderId, 'arrange-shipment', 2);
  expect(await cancel(orderId)).toMatchObject({ status: 202 });
  await fault('carrier', 'ok');
  expect((await local.finished(orderId)).output).toEqual({ status: 'cancelled', reason: 'cancelled-by-customer' });
  expect(await chargesOf(orderId)).toMatchObject([{ status: 'canceled', capturedMinor: 0 }]);
  const events = await api.events(orderId);
  expect(events.filter((type) => type === 'OrderCancelled')).toHaveLength(1);
  expect(await mailsOf(orderId)).toHaveLength(1);
  const signals = (await recordHistory(local, orderId)).history.filter(
    (event) => 'Name' in event && event.Name === 'wake',
  );
  expect(signals).toHaveLength(1);
  await checkHistory(orderId, 'payment-saga-v2.cancelled');
});

test('after completion it is too late to cancel [fault 7]', async () => {
  const orderId = await api.place(validOrder());
  await local.finished(orderId);
  expect(await cancel(orderId)).toMatchObject({ status: 409, body: { code: 'too-late-to-cancel' } });
  expect(await api.order(orderId)).toMatchObject({ status: 'completed' });
});

test('the message that starts a saga comes many times at once, and after its instance was purged: one saga [fault 6]', async () => {
  const order = { id: randomUUID(), time: new Date().toISOString() };
  const bus = new ServiceBusClient(local.serviceBus);
  const sendTo = async (orderId: string) => {
    const {
      messageId: _same,
      body,
      label,
      ...sent
    } = toMessage(processOrder, { ...order, subject: orderId, data: { orderId } });
    const sender = bus.createSender(sent.destination);
    const bytes = Buffer.from(body);
    // Other ids, or the queue itself would keep all but one.
    const copies = Array.from({ length: 8 }, () => ({ messageId: randomUUID(), subject: label, body: bytes }));
    await Promise.all(copies.map((copy) => sender.sendMessages(copy)));
  };
  const orderId = await api.place(validOrder());
  await sendTo(orderId);
  expect((await local.finished(orderId)).output).toEqual({ status: 'completed' });
  const events = await api.events(orderId);
  expect(new Set(events).size).toBe(events.length);

  await api.ask('DELETE', `/runtime/webhooks/durabletask/instances/${orderId}`);
  await sendTo(orderId);
  expect((await local.finished(orderId)).output).toEqual({ status: 'completed' });
  await bus.close();
  expect(await api.events(orderId)).toEqual(events);
  expect(await chargesOf(orderId)).toMatchObject([{ status: 'succeeded', capturedMinor: 9800 }]);
  expect(await mailsOf(orderId)).toHaveLength(1);
});

test('a step that is out of time is given up, and everything before it undone', async () => {
  await fault('carrier', 'down');
  const orderId = await api.place(validOrder());
  await untilAttempts(orderId, 'arrange-shipment', 1);
  await local.skip(31 * minuteMs);
  expect(await api.events(orderId)).toContain('StepFailed');
  await fault('carrier', 'ok');
  // No time is skipped until then: the circuit goes by the machine's clock.
  await waitFor('the circuit to let a call try', async () => {
    const { checks } = await api.get<Health>('/api/v1/health');
    return checks.carrier?.circuit !== 'open';
  });
  expect((await local.finished(orderId)).output).toEqual({ status: 'cancelled', reason: 'saga-failed' });
  expect(await api.order(orderId)).toMatchObject({ payment: { status: 'voided' } });
  // Half an hour of attempts.
  expect(await checkHistory(orderId, 'payment-saga-v2.out-of-time')).toBeLessThan(900);
});

test('an order that is short only because of another one waits for it, and completes when that one goes', async () => {
  const all = validOrder({ items: [{ sku: 'TICKET-BALCONY', quantity: 40 }] });
  await fault('carrier', 'down');
  const first = await api.place(all);
  await untilAttempts(first, 'arrange-shipment', 1);
  const second = await api.place(validOrder({ items: [{ sku: 'TICKET-BALCONY', quantity: 1 }] }));
  await untilAttempts(second, 'reserve-stock', 2);
  expect(await api.order(second)).toMatchObject({ status: 'accepted' });
  await cancel(first);
  await fault('carrier', 'ok');
  expect((await local.finished(first)).output).toMatchObject({ status: 'cancelled' });
  expect((await local.finished(second)).output).toEqual({ status: 'completed' });
  await checkHistory(second, 'payment-saga-v2.waited-for-stock');
});

test('a compensation that keeps failing asks for a person; the rest is undone [fault 5]', async () => {
  await fault('carrier', 'down');
  const orderId = await api.place(validOrder());
  await untilAttempts(orderId, 'arrange-shipment', 1);
  await cancel(orderId);
  expect((await local.finished(orderId)).output).toEqual({
    status: 'needs-attention',
    reason: 'cancelled-by-customer',
  });
  expect(await api.order(orderId)).toMatchObject({ status: 'needs-attention' });
  expect(await chargesOf(orderId)).toMatchObject([{ status: 'canceled' }]);
  const { items } = await api.get<{ items: { subject: string }[] }>('/api/v1/operator-tasks?state=open');
  expect(items.filter(({ subject }) => subject === orderId)).toHaveLength(1);
  await checkHistory(orderId, 'payment-saga-v2.compensation-failed');
});

test('a projection is rebuilt, and what was read before goes a minute after the swap', async () => {
  const path = '/api/v1/projections/daily-sales';
  const { body } = await api.ask<{ id: string }>('POST', `${path}/rebuild`, {});
  expect((await local.finished(body.id)).output).toMatchObject({ phase: 'done' });
  expect(await api.get(path)).toMatchObject({ live: body.id });
  const sales = TableClient.fromConnectionString(local.storage, tables.dailySales, { allowInsecureConnection: true });
  const rows = await Array.fromAsync(sales.listEntities());
  expect(new Set(rows.map(({ partitionKey = '' }) => partitionKey.split('|')[0]))).toEqual(new Set([body.id]));
  await checkHistory(body.id, 'projection-rebuild.swapped');
});

test.runIf(isRecording)('a video becomes ready', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patient-saga-'));
  await makeVideo(join(folder, 'film.mp4'), { seconds: 5 });
  const videos = videoClient(local.url);
  const { body } = await videos.upload('film.mp4', readFileSync(join(folder, 'film.mp4')));
  expect((await videos.settled(body.videoId)).status).toBe('ready');
  const instances = await api.get<{ name: string; instanceId: string }[]>('/runtime/webhooks/durabletask/instances');
  const pipeline = instances.find(({ name }) => name === 'video-pipeline');
  await checkHistory(pipeline?.instanceId ?? '', 'video-pipeline.ready');
  rmSync(folder, { recursive: true });
});
