// A dependency that is down, hangs or is slow: its circuit opens, everybody else goes on, what needs it waits and is done afterwards.
import { expect, onTestFailed, test } from 'vitest';
import type { Health } from '../../shared/adapters/resilience/health.ts';
import { apiClient } from '../support/api-client.ts';
import { localAzureForFile } from '../support/local-azure-for-file.ts';
import { expectBooksBalance } from '../support/order-invariants.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

const azure = localAzureForFile();
const api = apiClient(() => azure.url);

const fault = (mode: string) => api.ask('POST', '/local/faults', { target: 'payments', mode });
const health = () => api.ask<Health>('GET', '/api/v1/health');
const placeOrders = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => api.place(validOrder())));

async function circuitOfPayments(circuits: readonly string[]): Promise<Health> {
  return await waitFor(
    `the circuit of payments ${circuits.join(' or ')}`,
    async () => {
      const { status, body } = await health();
      expect(status).toBe(200);
      return circuits.includes(body.checks.payments?.circuit ?? '') && body;
    },
    { timeoutMs: 60_000 },
  );
}

test.each(['down', 'timeout'])(
  'payments %s: the circuit opens, the rest goes on, every order completes after',
  async (mode) => {
    onTestFailed(() => console.log(azure.output().slice(-10_000)));
    await fault(mode);
    const waiting = await placeOrders(8);
    const degraded = await circuitOfPayments(['open']);
    expect(degraded).toMatchObject({
      status: 'degraded',
      checks: { payments: { status: 'degraded' }, carrier: { status: 'ok' }, storage: { status: 'ok' } },
    });
    waiting.push(...(await placeOrders(2)));
    const reading = { deviceId: `d-${mode}`, timestamp: new Date().toISOString(), values: { t: 1 } };
    expect(await api.ask('POST', '/api/v1/telemetry', [reading])).toMatchObject({ status: 202 });
    const orders = await Promise.all(waiting.map(async (orderId) => api.order(orderId)));
    expect(orders.map(({ status }) => status).filter((status) => !['accepted', 'processing'].includes(status))).toEqual(
      [],
    );

    await fault('ok');
    const ended = await expectBooksBalance(azure, waiting);
    expect(ended.map(({ status }) => status)).toEqual(waiting.map(() => 'completed'));
    expect((await circuitOfPayments(['closed'])).status).toBe('ok');
  },
);

test('payments slow: late answers are answers, no circuit opens', async () => {
  await fault('slow');
  const orderIds = await placeOrders(4);
  const orders = await Promise.all(orderIds.map(async (orderId) => api.settled(orderId)));
  expect(orders.map(({ status }) => status)).toEqual(orderIds.map(() => 'completed'));
  expect((await health()).body.checks.payments).toEqual({ status: 'ok', circuit: 'closed' });
  await fault('ok');
});

test('storage and broker frozen: health answers 503 in bounded time, and is ok again after', async () => {
  const pids = azure.children(/services-process/);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    const failed = await waitFor('health failed', async () => {
      const answer = await health();
      return answer.status === 503 && answer.body;
    });
    expect(failed).toMatchObject({
      status: 'failed',
      checks: { storage: { status: 'failed', detail: expect.any(String) }, 'service-bus': { status: 'failed' } },
    });
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await waitFor('health ok', async () => (await health()).body.status === 'ok', { timeoutMs: 60_000 });
});
