// Faults 1, 2 and 20 of the order story: processes die at the worst moment, and every order ends as if none had.
import { afterEach, beforeEach, expect, onTestFailed, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { expectBooksBalance } from '../support/order-invariants.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

let data: string;
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;

beforeEach(async () => {
  data = makeDataFolder();
  azure = await startLocalAzure(data);
  api = apiClient(azure.url);
  onTestFailed(() => console.log(azure.output().slice(-20_000)));
});

afterEach(async () => {
  await azure.stop();
  removeData(data);
});

async function kill(commandLine: RegExp): Promise<void> {
  const [pid] = await waitFor(`a process of ${commandLine}`, () => {
    const pids = azure.children(commandLine);
    return pids.length > 0 && pids;
  });
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

/** Places an order as a patient client does: with a key, and again until it is accepted. */
const placePatiently = (key: string): Promise<string> =>
  waitFor(`order ${key} accepted`, () => api.place(validOrder(), key), { timeoutMs: 60_000, intervalMs: 200 });

test('fault 1: kill -9 of the host in the middle of the saga: every order ends, one charge and one mail each', async () => {
  const orderIds = await Promise.all(Array.from({ length: 12 }, (_, n) => placePatiently(`host-${n}`)));
  for (const step of ['StockReserved', 'PaymentAuthorised', 'PaymentCaptured']) {
    await waitFor(
      `an order at ${step}`,
      async () => {
        const streams = await Promise.all(orderIds.map(async (orderId) => api.events(orderId)));
        return streams.some((types) => types.includes(step));
      },
      { timeoutMs: 60_000 },
    );
    await kill(/millrace-host/);
  }
  const orders = await expectBooksBalance(azure, orderIds);
  expect(orders.map(({ status }) => status)).toEqual(orderIds.map(() => 'completed'));
});

test('faults 1, 20: kill -9 of the services process under load: nothing accepted is lost, one charge and one mail each', async () => {
  let placed = 0;
  const orderIds: string[] = [];
  const client = async (name: string): Promise<void> => {
    for (let n = 0; n < 10; n += 1) {
      orderIds.push(await placePatiently(`${name}-${n}`));
      placed += 1;
    }
  };
  const killer = async (): Promise<void> => {
    for (const threshold of [5, 15, 25]) {
      await waitFor(`${threshold} orders placed`, () => placed >= threshold, { timeoutMs: 60_000 });
      await kill(/services-process/);
    }
  };
  await Promise.all([client('a'), client('b'), client('c'), killer()]);
  expect(new Set(orderIds).size).toBe(30);
  const orders = await expectBooksBalance(azure, orderIds);
  expect(orders.map(({ status }) => status)).toEqual(orderIds.map(() => 'completed'));
});

test('fault 2: a payment whose answer is lost is charged once', async () => {
  await api.ask('POST', '/local/faults', { target: 'payments', mode: 'lost-answer', count: 2 });
  const orderId = await api.place(validOrder());
  const [order] = await expectBooksBalance(azure, [orderId]);
  expect(order?.status).toBe('completed');
});

test('Ctrl-C in the middle of the work leaves no process, and a second start on the same data carries on', async () => {
  const orderIds = await Promise.all(Array.from({ length: 8 }, (_, n) => placePatiently(`stop-${n}`)));
  const children = azure.children(/./);
  expect(children.length).toBeGreaterThanOrEqual(3);
  expect(await azure.stop()).toBe(0);
  expect(children.filter(isAlive)).toEqual([]);
  azure = await startLocalAzure(data);
  api = apiClient(azure.url);
  const orders = await expectBooksBalance(azure, orderIds);
  expect(orders.map(({ status }) => status)).toEqual(orderIds.map(() => 'completed'));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
