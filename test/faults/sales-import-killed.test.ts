// A till's file is being turned into orders when the host dies, again and again: each receipt is one order, the summary is one mail.
import { expect, onTestFailed, test } from 'vitest';
import { containers, tables } from '../../shared/kernel/topology.ts';
import { apiClient } from '../support/api-client.ts';
import { blobNames, tableOf } from '../support/azure-storage.ts';
import { anyDeadLetters } from '../support/dead-letters.ts';
import { makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { orderIdsOf, sale, salesFile, sendSales, summaries } from '../support/sales-file.ts';
import { waitFor } from '../support/wait-for.ts';

/** More than a page. */
const customers = 26;
const sales = Array.from({ length: customers * 10 }, (_, n) => sale(n, { email: 'ada@example.com' }));

test('kill -9 of the host while a file is imported: each receipt one order, one summary, nothing of the file left', async () => {
  const data = makeDataFolder();
  const azure = await startLocalAzure(data);
  onTestFailed(() => console.log(azure.output().slice(-10_000)));
  try {
    const api = apiClient(azure.url);
    const contacts = tableOf(azure, tables.contacts);
    const hasBegun = async (customer: number): Promise<boolean> => {
      const filter = `PartitionKey eq 'till-customer-${customer}'`;
      return (await contacts.listEntities({ queryOptions: { filter } }).next()).done !== true;
    };
    await sendSales(azure, 'message-1', salesFile('day-1', sales.slice(0, 150)));
    await sendSales(azure, 'message-2', salesFile('day-2', sales));
    for (const customer of [2, 13, customers - 1]) {
      await waitFor(`a sale to customer ${customer}`, () => hasBegun(customer), { timeoutMs: 60_000 });
      const host = await waitFor('a host', () => azure.children(/millrace-host/)[0]);
      process.kill(host, 'SIGKILL');
      await waitFor('its end', () => !azure.children(/millrace-host/).includes(host));
    }
    for (const [fileId, orders] of [
      ['day-1', 150],
      ['day-2', sales.length],
    ] as const) {
      const [mail] = await summaries(api, fileId);
      expect(mail?.subject).toContain(`${orders} orders, 0 rejected`);
    }
    const orderIds = await waitFor(
      'every order in the lists',
      async () => {
        const found = await orderIdsOf(api, customers);
        return found.length >= sales.length && found;
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    expect(new Set(orderIds).size).toBe(sales.length);
    await waitFor('the files gone', async () => (await blobNames(azure, containers.salesImports)).length === 0);
    for (const fileId of ['day-1', 'day-2']) expect(await summaries(api, fileId)).toHaveLength(1);
    expect(await anyDeadLetters(azure)).toEqual([]);
  } finally {
    await azure.stop();
    removeData(data);
  }
});
