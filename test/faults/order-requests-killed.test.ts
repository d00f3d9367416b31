// Fault 40: processes die between the storing of a request and its answer; the repeat of the request gets the stored answer.
// Fault 25, from the side of whoever asked: what was answered is told.
import { randomUUID } from 'node:crypto';
import { expect, onTestFailed, test } from 'vitest';
import { apiClient } from '../support/api-client.ts';
import { localAzureForFile } from '../support/local-azure-for-file.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

const azure = localAzureForFile();
const api = apiClient(() => azure.url);

const pizza = { sku: 'PIZZA-MARGHERITA', quantity: 1 };

/** As a patient client: the same request with the same key until it is answered. */
const untilAnswered = (path: string, body: unknown, key: string) =>
  waitFor(
    `an answer to ${path} ${key}`,
    async () => {
      const answer = await api.ask<Record<string, unknown>>('POST', path, body, { 'idempotency-key': key });
      return answer.status < 500 && { status: answer.status, body: answer.body };
    },
    { timeoutMs: 60_000, intervalMs: 100 },
  );

test.each([[/millrace-host/], [/services-process/]])(
  'fault 40: kill -9 of %s while requests are answered: each repeat gets one answer, each key is one item',
  async (victim) => {
    onTestFailed(() => console.log(azure.output().slice(-10_000)));
    const { body } = await untilAnswered('/api/v1/orders', validOrder({ draft: true }), randomUUID());
    const path = `/api/v1/orders/${String(body['orderId'])}/items`;
    const keys = Array.from({ length: 24 }, () => randomUUID());
    let answered = 0;
    const client = async (mine: readonly string[]): Promise<(readonly [string, unknown])[]> => {
      const answers: (readonly [string, unknown])[] = [];
      for (const key of mine) {
        answers.push([key, await untilAnswered(path, pizza, key)]);
        answered += 1;
      }
      return answers;
    };
    const killer = async (): Promise<void> => {
      for (const threshold of [3, 10]) {
        await waitFor(`${threshold} items`, () => answered >= threshold, { timeoutMs: 60_000 });
        const pid = await waitFor(`a process of ${victim}`, () => azure.children(victim)[0]);
        process.kill(pid, 'SIGKILL');
      }
    };
    const [answers] = await Promise.all([
      Promise.all([0, 8, 16].map((from) => client(keys.slice(from, from + 8)))),
      killer(),
    ]);
    for (const [key, first] of answers.flat()) expect(await untilAnswered(path, pizza, key)).toEqual(first);
    const order = await api.get<{ items: unknown[]; version: number }>(`/api/v1/orders/${String(body['orderId'])}`);
    expect({ items: order.items.length, version: order.version }).toEqual({ items: 25, version: 25 });
    const reused = await untilAnswered(path, { ...pizza, quantity: 2 }, keys[0] ?? '');
    expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  },
);

test('fault 25: a host that dies with its answer, before it published, has its orders completed by their hints', async () => {
  const orderIds = await Promise.all(Array.from({ length: 6 }, () => api.place(validOrder())));
  for (const pid of azure.children(/millrace-host/)) process.kill(pid, 'SIGKILL');
  for (const orderId of orderIds) expect((await api.settled(orderId, 90_000)).status).toBe('completed');
});
