// Fault 23 in the kitchen's queue: whoever dies, each store's orders are begun one after the other, in the queue's order, once each.
import { expect, onTestFailed, test } from 'vitest';
import { tableProductStore } from '../../shared/adapters/tables/product-store.ts';
import { tableStockStore } from '../../shared/adapters/tables/stock-store.ts';
import { forEachAtOnce } from '../../shared/kernel/for-each-at-once.ts';
import { queues, tables } from '../../shared/kernel/topology.ts';
import { apiClient } from '../support/api-client.ts';
import { tableOf } from '../support/azure-storage.ts';
import { anyDeadLetters, peekFromStart } from '../support/dead-letters.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

const stores = ['kitchen-north', 'kitchen-south', 'kitchen-west'];
const ordersOfStore = 15;
const kills = 3;

/** A product of each store, as an operator would add it. */
async function stockStores(azure: LocalAzure): Promise<void> {
  const products = tableProductStore(tableOf(azure, tables.products));
  const stock = tableStockStore(tableOf(azure, tables.stock), Math.random, async () => undefined);
  for (const storeId of stores) {
    await products.addIfAbsent({
      sku: `PIE-${storeId}`,
      name: 'Pie',
      price: { amountMinor: 900, currency: 'EUR' },
      storeId,
    });
    await stock.addIfAbsent(`PIE-${storeId}`, 1_000);
  }
}

const sessionOf = (message: { readonly sessionId?: string }): string => message.sessionId ?? '';

test(`fault 23: the host is killed ${kills} times at work: every store's orders are begun in the queue's order, once each`, async () => {
  const data = makeDataFolder();
  // The kitchens are closed at first, so that the order of the queue can be seen.
  let azure = await startLocalAzure(data, [], { 'AzureWebJobs.prepareOrder.Disabled': 'true' });
  onTestFailed(() => console.log(azure.output().slice(-10_000)));
  try {
    await stockStores(azure);
    let api = apiClient(azure.url);
    const wanted = Array.from({ length: ordersOfStore }, () => stores).flat();
    await forEachAtOnce(wanted, 8, (storeId) =>
      api.place(validOrder({ items: [{ sku: `PIE-${storeId}`, quantity: 1 }] })),
    );
    const queued = await waitFor(
      'every order in the queue',
      async () => {
        const messages = await peekFromStart(azure, queues.kitchen);
        return messages.length === wanted.length && messages;
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    await azure.stop();

    azure = await startLocalAzure(data);
    api = apiClient(azure.url);
    const waiting = async (): Promise<number> => (await peekFromStart(azure, queues.kitchen)).length;
    const leftAtKill: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const before = await waitFor('a host', () => azure.children(/millrace-host/)[0]);
      const left = await waiting();
      await waitFor('progress', async () => (await waiting()) <= Math.max(0, left - 8), { timeoutMs: 60_000 });
      leftAtKill.push(await waiting());
      process.kill(before, 'SIGKILL');
      await waitFor('its end', () => !azure.children(/millrace-host/).includes(before));
    }
    expect(leftAtKill.filter((left) => left > 0).length).toBeGreaterThanOrEqual(1);
    await waitFor('the end of the queue', async () => (await waiting()) === 0, { timeoutMs: 60_000 });

    for (const storeId of stores) {
      const orderIds = queued
        .filter((message) => sessionOf(message) === storeId)
        .map(({ correlationId }) => String(correlationId));
      expect(orderIds).toHaveLength(ordersOfStore);
      const begun = await Promise.all(
        orderIds.map(async (orderId) => {
          const { items } = await api.get<{ items: { type: string; at: string }[] }>(
            `/api/v1/orders/${orderId}/events`,
          );
          return items.filter(({ type }) => type === 'PreparationStarted').map(({ at }) => at);
        }),
      );
      expect(begun.map((times) => times.length)).toEqual(orderIds.map(() => 1));
      expect(begun.flat()).toEqual(begun.flat().toSorted());
      const { items } = await api.get<{ items: object[] }>(`/api/v1/kitchens/${storeId}/orders?limit=100`);
      expect(items).toHaveLength(ordersOfStore);
    }
    expect(await anyDeadLetters(azure)).toEqual([]);
  } finally {
    await azure.stop();
    removeData(data);
  }
});
