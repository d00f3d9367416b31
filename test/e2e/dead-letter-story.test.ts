// README's story: a till sends a file nobody can read; it is found, tried, mended and sent again, and its order completes. By the
// commands alone, as a newcomer gives them, against the whole app in the test's own process. So are operator tasks.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, startLocal } from '../../local/testing/testing.ts';
import { apiClient } from '../support/api-client.ts';
import { orderThatNeedsAttention } from '../support/needs-attention.ts';
import { makeDataFolder, removeData } from '../support/local-azure.ts';
import { runCommand } from '../support/run-command.ts';
import { sale, salesFile } from '../support/sales-file.ts';
import { waitFor } from '../support/wait-for.ts';

const folder = makeDataFolder();
let local: Local;
let api: ReturnType<typeof apiClient>;

beforeAll(async () => {
  local = await startLocal({ app: '.', topology: 'infra/topology.json' });
  api = apiClient(local.url);
});
afterAll(async () => {
  await local.close();
  removeData(folder);
});

const deadLetters = (...args: readonly string[]) => runCommand(['cli/dead-letters.ts', ...args, '--url', local.url]);

/** A till whose own fault it is: the currency is none. */
async function sendBroken(name: string, customerId: string): Promise<void> {
  const file = join(folder, `${name}.json`);
  const broken = { ...salesFile(name, [sale(1, { customerId, receipt: `R-${name}` })]), currency: 'EURO' };
  writeFileSync(file, JSON.stringify(broken));
  expect((await importSales(file, '--unchecked')).code).toBe(0);
}

const importSales = (...args: readonly string[]) => {
  const env = { ServiceBusConnection: local.serviceBus, AzureWebJobsStorage: local.storage };
  return runCommand(['cli/import-sales.ts', ...args], env);
};

interface Listed {
  readonly id: string;
  readonly cause: string;
}

const openOnes = async (): Promise<Listed[]> =>
  (await api.get<{ items: Listed[] }>('/api/v1/dead-letters?state=open&sourceEntity=sales-import')).items;

const openLetters = (count: number): Promise<readonly Listed[]> =>
  waitFor(
    `${count} open letters`,
    async () => {
      const letters = await openOnes();
      return letters.length === count && letters;
    },
    { intervalMs: 100 },
  );

const ordersOf = async (customerId: string) =>
  (await api.get<{ items: { status: string }[] }>(`/api/v1/orders?customerId=${customerId}`)).items;

test('a file that its till got wrong is refused by the command, unless it is told to send it so', async () => {
  const file = join(folder, 'wrong.json');
  writeFileSync(file, JSON.stringify({ ...salesFile('wrong', []), currency: 'EURO' }));
  const { code, stderr } = await importSales(file);
  expect([code, stderr]).toEqual([1, expect.stringContaining('/currency')]);
});

test('a broken message is found, tried, mended and sent again by commands, and its order completes', async () => {
  await sendBroken('evening', 'grace');
  await openLetters(1);
  const listed = await deadLetters('list', '--source', 'sales-import', '--json');
  const [{ id, cause } = { id: '', cause: '' }] = JSON.parse(listed.stdout) as Listed[];
  expect((await deadLetters('list', '--group')).stdout).toMatch(new RegExp(`1 +\\d+ s {2}${cause}`));
  expect((await deadLetters('show', id)).stdout).toContain('"currency": "EURO"');

  const tried = await deadLetters('resubmit', id, '--dry-run');
  expect([tried.code, tried.stdout]).toEqual([1, expect.stringMatching(/It would come back:\n.*currency/)]);

  const mended = join(folder, 'mended.json');
  writeFileSync(mended, (await deadLetters('show', id, '--body')).stdout.replace('EURO', 'EUR'));
  const sent = await deadLetters('resubmit', id, '--body', mended, '--note', 'The till writes EUR now');
  expect([sent.code, sent.stdout]).toEqual([0, expect.stringContaining('+     "currency": "EUR",')]);

  await waitFor('the end of the order', async () => (await ordersOf('grace'))[0]?.status === 'completed');
  expect(await ordersOf('grace')).toHaveLength(1);
  const shown = (await deadLetters('show', id)).stdout;
  expect(shown).toMatch(/state +resubmitted/);
  expect(shown).toContain('The till writes EUR now');
  expect(await openOnes()).toEqual([]);
});

test('one that is sent again as it is comes back once, and is discarded with a reason', async () => {
  await sendBroken('night', 'nobody');
  const [{ id } = { id: '' }] = await openLetters(1);
  expect((await deadLetters('resubmit', id)).code).toBe(0);
  const history = await waitFor('its return', async () => {
    const letter = await api.get<{ state: string; history: { action: string }[] }>(`/api/v1/dead-letters/${id}`);
    return letter.state === 'open' && letter.history.some(({ action }) => action === 'return') && letter.history;
  });
  expect(history.filter(({ action }) => action === 'return')).toHaveLength(1);
  expect((await deadLetters('discard', id, '--reason', 'The till sends it anew')).code).toBe(0);
  const { stdout } = await deadLetters('list', '--state', 'discarded');
  expect(stdout).toContain(id);
  const again = await deadLetters('resubmit', id);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('discarded')]);
});

test('all letters of a cause are tried and sent again at a rate, and each comes back once', async () => {
  await Promise.all(['one', 'two', 'three'].map((name) => sendBroken(name, 'nobody')));
  const [{ cause } = { cause: '' }] = await openLetters(3);
  const tried = await deadLetters('resubmit', '--cause', cause, '--dry-run');
  expect([tried.code, tried.stdout]).toEqual([1, expect.stringContaining('3 letters. Of 3 looked into, 0 would be')]);
  const sent = await deadLetters('resubmit', '--cause', cause, '--rate', '200');
  expect([sent.code, sent.stdout]).toEqual([0, expect.stringContaining('3 of 3 were sent again')]);
  await openLetters(3);
});

test('what the processor gave up itself is taken in, if there is anything', async () => {
  expect((await deadLetters('drain')).stdout).toContain('0 letters were taken in');
});

test('what waits for a person is listed, shown, tried again and resolved with a note', async () => {
  const tasks = (...args: readonly string[]) => runCommand(['cli/operator-tasks.ts', ...args, '--url', local.url]);
  // In one process there is no front: the stand-ins answer where the services do.
  const standIns = apiClient(local.servicesUrl);
  const at = (path: string) => (path.startsWith('/local/') ? standIns : api);
  const whole: typeof api = {
    ...api,
    ask: (method, path, ...rest) => at(path).ask(method, path, ...rest),
    get: (path) => at(path).get(path),
    payments: standIns.payments,
  };
  const orderId = await orderThatNeedsAttention(whole, apiClient(`${local.servicesUrl}/carrier`));
  const listed = await tasks('list', '--state', 'open', '--json');
  const [{ taskId } = { taskId: '' }] = JSON.parse(listed.stdout) as { taskId: string }[];
  expect((await tasks('list')).stdout).toMatch(new RegExp(`${taskId} .*${orderId}`));
  const retried = await tasks('retry', taskId);
  expect([retried.code, retried.stderr]).toEqual([1, expect.stringContaining('The shipment has left')]);
  const resolved = await tasks('resolve', taskId, '--note', 'The driver brings it back');
  expect([resolved.code, resolved.stdout]).toEqual([0, 'The task is resolved\n']);
  expect((await tasks('show', taskId)).stdout).toMatch(/resolve resolved, by .*; The driver brings it back/);
  expect((await api.settled(orderId)).status).toBe('cancelled');
});
