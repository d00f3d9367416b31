// A till's file of sales becomes orders; what cannot is told in one summary.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containers, queues } from '../../shared/kernel/topology.ts';
import { apiClient } from '../support/api-client.ts';
import { blobNames, storageOf } from '../support/azure-storage.ts';
import { deadLettersOf } from '../support/dead-letters.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { busClient } from '../support/order-status-asker.ts';
import { orderIdsOf, sale, salesFile, sendSales, summaries } from '../support/sales-file.ts';
import { waitFor } from '../support/wait-for.ts';

const data = makeDataFolder();
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;

beforeAll(async () => {
  azure = await startLocalAzure(data);
  api = apiClient(azure.url);
});
afterAll(async () => {
  await azure.stop();
  removeData(data);
});

const item = (sku: string, changes: object = {}) => ({ items: [{ sku, quantity: 1, ...changes }] });
const bad: readonly unknown[] = [
  null,
  'R-901',
  sale(902, { receipt: undefined }),
  sale(903, { receipt: '' }),
  sale(904, { email: 'nobody' }),
  sale(905, item('NO-SUCH')),
  sale(906, item('PIZZA-MARGHERITA', { quantity: 0 })),
  sale(907, item('PIZZA-MARGHERITA', { unitPrice: { amountMinor: 1, currency: 'EUR' } })),
  sale(908, { currency: 'USD' }),
  sale(909, { shipTo: { name: '<script>' } }),
  sale(910, { payment: { method: 'a card' } }),
  sale(1, item('MUG-MILLRACE')),
];
const good = Array.from({ length: 288 }, (_, n) => sale(n));
const file = salesFile('day-1', [...good, ...bad]);

/** Runs the command line as a person does, against this local Azure. */
async function importByCommand(sales: ReturnType<typeof salesFile>): Promise<string> {
  const path = join(data, `${sales.fileId}.json`);
  writeFileSync(path, JSON.stringify(sales));
  const host = /sb:\/\/(\S+)/.exec(azure.output())?.[1];
  const access = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE';
  const { stdout } = await promisify(execFile)(process.execPath, ['cli/import-sales.ts', path], {
    env: {
      ...process.env,
      ServiceBusConnection: `Endpoint=sb://${host};${access};UseDevelopmentEmulator=true;`,
      AzureWebJobsStorage: storageOf(azure),
    },
  });
  return stdout;
}

test('of 300 sales 12 are bad in as many ways: 288 become orders, one summary names the 12, and the file is gone', async () => {
  expect(await importByCommand(file)).toContain('Sent 300 sales of till-3/day-1');
  expect(await blobNames(azure, containers.claimChecks)).toHaveLength(1);
  const [mail] = await summaries(api, 'day-1');
  expect(mail?.to).toBe('operator@millrace.example');
  expect(mail?.subject).toContain('288 orders, 12 rejected');
  const rows = [...(mail?.text.matchAll(/ (\/sales\/\d+\S*) +([a-z-]+) /g) ?? [])].map(([, where, code]) => [
    where,
    code,
  ]);
  const invalid = 'invalid-request';
  expect(rows).toEqual([
    ['/sales/288', invalid],
    ['/sales/289', invalid],
    ['/sales/290/receipt', invalid],
    ['/sales/291/receipt', invalid],
    ['/sales/292/email', invalid],
    ['/sales/293/items/0/sku', 'unknown-sku'],
    ['/sales/294/items/0/quantity', invalid],
    ['/sales/295/items/0/unitPrice', 'price-changed'],
    ['/sales/296/currency', invalid],
    ['/sales/297/shipTo/line1', invalid],
    ['/sales/298/payment/method', invalid],
    ['/sales/299/receipt', invalid],
  ]);
  const orderIds = await waitFor('288 orders in the lists', async () => {
    const found = await orderIdsOf(api, 30);
    return found.length >= 288 && found;
  });
  expect(new Set(orderIds).size).toBe(288);
  const { items } = await api.get<{ items: { data: { channel: string } }[] }>(`/api/v1/orders/${orderIds[0]}/events`);
  expect(items[0]?.data.channel).toBe('till');
  expect(
    await waitFor('the file gone', async () => (await blobNames(azure, containers.salesImports)).length === 0),
  ).toBe(true);
});

test('the file sent again, and the same message again, are no more orders; each file sent is one summary', async () => {
  await importByCommand(file);
  const [, second] = await summaries(api, 'day-1', 2);
  expect(second?.subject).toContain('288 orders, 12 rejected');
  const small = salesFile('day-2', [sale(0), sale(5), sale(6)]);
  for (let time = 0; time < 3; time += 1) await sendSales(azure, 'message-day-2', small);
  expect(await summaries(api, 'day-2')).toHaveLength(1);
  expect(await orderIdsOf(api, 30)).toHaveLength(288);
  expect(await blobNames(azure, containers.salesImports)).toEqual([]);
});

test('a receipt that comes back as another sale is rejected, and the order stands', async () => {
  const other = sale(7, { items: [{ sku: 'PIZZA-MARGHERITA', quantity: 9 }] });
  await sendSales(azure, 'message-day-3', { ...salesFile('day-3', [other, sale(8)]), replyTo: 'till@example.com' });
  const [mail] = await summaries(api, 'day-3');
  expect(mail).toMatchObject({ to: 'till@example.com', subject: expect.stringContaining('1 orders, 1 rejected') });
  expect(mail?.text).toMatch(/R-7 +\/sales\/0 +idempotency-key-reused/);
});

test('a file that is malformed as a whole is a dead letter with its reason', async () => {
  const bus = busClient(azure);
  const body = (changes: object) =>
    Buffer.from(
      JSON.stringify({
        specversion: '1.0',
        id: 'bad',
        type: 'millrace.imports.SalesImport.v1',
        source: '/till',
        subject: 'day-4',
        time: '2026-11-20T10:00:00.000Z',
        data: { ...salesFile('day-4', [sale(1)]), ...changes },
      }),
    );
  const poison = [
    { tillId: '../x' },
    { currency: 'XXX' },
    { sales: {} },
    { sales: Array.from({ length: 10_001 }, () => 1) },
  ];
  await bus.createSender(queues.salesImport).sendMessages(poison.map((changes) => ({ body: body(changes) })));
  await bus.close();
  const dead = await waitFor('the dead letters', async () => {
    const found = await deadLettersOf(azure);
    return found.length === poison.length && found;
  });
  for (const letter of dead)
    expect(letter).toMatchObject({ reason: 'invalid-message', sourceEntity: queues.salesImport });
  const where = dead.map(({ description }) => /\/data\/(\w+)/.exec(description)?.[1]);
  expect(where).toEqual(expect.arrayContaining(['currency', 'sales', 'sales', 'tillId']));
});
