// Fault 5 with kill -9: the shipment has left, so its undo is refused for good, and whoever carries out the operator's decision dies.
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { freePort } from '../support/free-port.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { orderThatNeedsAttention } from '../support/needs-attention.ts';
import { expectBooksBalance } from '../support/order-invariants.ts';
import { taskClient } from '../support/task-client.ts';
import { waitFor } from '../support/wait-for.ts';

const data = makeDataFolder();
const patient = { timeoutMs: 60_000, intervalMs: 100 };
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;
let carrier: ReturnType<typeof apiClient>;
let tasks: ReturnType<typeof taskClient>;

beforeAll(async () => {
  const port = await freePort();
  azure = await startLocalAzure(data, ['--services-port', String(port)]);
  api = apiClient(azure.url);
  carrier = apiClient(`http://127.0.0.1:${port}/carrier`);
  tasks = taskClient(azure.url);
});

afterAll(async () => {
  await azure?.stop();
  removeData(data);
});

const fault = (target: string, mode: string) => api.ask('POST', '/local/faults', { target, mode });

function killHost(): void {
  const [pid = 0] = azure.children(/millrace-host/);
  expect(pid).toBeGreaterThan(0);
  process.kill(pid, 'SIGKILL');
}

test('fault 5: a retry and a resolution that die by kill -9 are asked for again, and done once', async () => {
  onTestFailed(() => console.log(azure.output().slice(-20_000)));
  const orderId = await orderThatNeedsAttention(api, carrier);
  const { taskId } = await waitFor('the task', () => tasks.of(orderId));

  await fault('carrier', 'timeout');
  const unanswered = tasks.act(taskId, 'retry').catch((error: unknown) => error);
  const last = async () => (await tasks.get(taskId)).history.at(-1);
  await waitFor('the retry under way', async () => (await last())?.outcome === 'begun', patient);
  killHost();
  await unanswered;
  await fault('carrier', 'ok');
  const codeOf = async (): Promise<unknown> => (await tasks.act(taskId, 'resolve', 'too early')).body.code;
  await waitFor('the dead retry in the way', async () => (await codeOf()) === 'task-busy', patient);
  const refused = await waitFor(
    'the refusal',
    async () => {
      const answer = await tasks.act(taskId, 'retry', 'they may bring it back');
      return answer.status === 422 && answer;
    },
    patient,
  );
  expect(refused.body).toMatchObject({
    code: 'step-still-fails',
    detail: expect.stringContaining('The shipment has left'),
  });

  const dying = tasks.act(taskId, 'resolve', 'the driver brings it back').catch((error: unknown) => error);
  killHost();
  await dying;
  await waitFor(
    'the resolution',
    async () => (await tasks.act(taskId, 'resolve', 'the driver brings it back')).status === 200,
    patient,
  );
  const [order] = await expectBooksBalance(azure, [orderId]);
  expect(order).toMatchObject({ status: 'cancelled', payment: { status: 'refunded' } });
  const events = await api.events(orderId);
  expect(events.slice(-2)).toEqual(['CompensationResolved', 'OrderCancelled']);
  expect(events.filter((type) => type === 'CompensationFailed').length).toBe(1);
  expect((await last())?.outcome).toBe('resolved');
  const alerts = await api.get<{ to: string }[]>('/local/mail');
  expect(alerts.filter(({ to }) => to === 'operator@millrace.example').length).toBe(1);
});
