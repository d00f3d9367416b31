// The app in the test's own process, under a clock that skips: back-offs take no time. What it did is recorded
// for test/host/recorded-histories.test.ts when RECORD_HISTORIES is set.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, recordHistory, replayHistory, skippingClock, startLocal } from '../../local/testing/testing.ts';
import { apiClient } from '../support/api-client.ts';
import { makeVideo } from '../support/make-video.ts';
import { validOrder } from '../support/order-requests.ts';
import { videoClient } from '../support/video-client.ts';

/** Of the saga's retry policy, after three tries. */
const backOffsMs = 1_000 + 2_000 + 4_000;
const isRecording = process.env['RECORD_HISTORIES'] !== undefined;
const recordings = join(import.meta.dirname, '../host/histories');
const root = process.cwd();

let local: Local;
let api: ReturnType<typeof apiClient>;
let standIns: ReturnType<typeof apiClient>;

beforeAll(async () => {
  local = await startLocal({ app: '.', topology: 'infra/topology.json', clock: skippingClock() });
  api = apiClient(local.url);
  standIns = apiClient(local.servicesUrl);
});
afterAll(async () => {
  await local.close();
});

/** The history fits the app it comes from; it is kept when histories are recorded. */
async function checkHistory(instanceId: string, name: string): Promise<void> {
  const recorded = await recordHistory(local, instanceId);
  await replayHistory(recorded, { app: root });
  if (isRecording) writeFileSync(join(recordings, `${name}.json`), `${JSON.stringify(recorded, null, 1)}\n`);
}

test('an order completes', async () => {
  const orderId = await api.place(validOrder());
  expect((await local.finished(orderId)).output).toEqual({ status: 'completed' });
  await checkHistory(orderId, 'payment-saga.completed');
});

test('a declined card cancels the order', async () => {
  const orderId = await api.place(validOrder({ payment: { method: 'pm_card_chargeDeclined' } }));
  expect((await local.finished(orderId)).output).toMatchObject({ status: 'cancelled' });
  await checkHistory(orderId, 'payment-saga.declined');
});

test('an order waits for a payment provider that is down, and is charged once', async () => {
  // Two a try: stripe tries again itself. After five failed tries the app's circuit breaker opens, by its own clock.
  await standIns.ask('POST', '/local/faults', { target: 'payments', mode: 'down', count: 6 });
  const startedMs = local.clock.now();
  const orderId = await api.place(validOrder());
  expect((await local.finished(orderId)).output).toEqual({ status: 'completed' });
  expect(local.clock.now() - startedMs).toBeGreaterThanOrEqual(backOffsMs);
  const charges = (await standIns.payments()).filter((row) => row.orderId === orderId);
  expect(charges).toMatchObject([{ status: 'succeeded', capturedMinor: 9800 }]);
  await checkHistory(orderId, 'payment-saga.provider-down');
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
