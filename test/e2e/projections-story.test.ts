// The projections follow the hub and are rebuilt beside the ones that are read; the command that does it, and one order from the
// hub alone. In the test's own process.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, startLocal } from '../../local/testing/testing.ts';
import { apiClient } from '../support/api-client.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

let local: Local;
let api: ReturnType<typeof apiClient>;

beforeAll(async () => {
  local = await startLocal({ app: '.', topology: 'infra/topology.json' });
  api = apiClient(local.url);
});
afterAll(async () => {
  await local.close();
});

interface Row {
  readonly orderId: string;
  readonly status: string;
}

interface Sale {
  readonly day: string;
  readonly sku: string;
  readonly units: number;
  readonly revenue: { readonly amountMinor: number; readonly currency: string };
}

const ordersOf = async (customerId: string): Promise<Row[]> =>
  (await api.get<{ items: Row[] }>(`/api/v1/orders?customerId=${customerId}`)).items;
const sold = async (sku: string): Promise<number> =>
  (await api.get<{ items: Sale[] }>(`/api/v1/sales/daily?sku=${sku}`)).items.reduce((sum, { units }) => sum + units, 0);

/** The command, with the ports of this local Azure. */
async function replay(...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  const env = { ...process.env, EventHubsConnection: local.serviceBus };
  const command = [`cli/replay.ts`, '--url', local.url, ...args];
  const run = promisify(execFile)(process.execPath, command, { env });
  return await run.then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, output: stdout + stderr }),
  );
}

test('an order shows in the list of its customer, and what is paid in the sales of its day', async () => {
  const before = await sold('TICKET-STANDARD');
  const orderId = await api.place(validOrder({ customerId: 'lister' }));
  await waitFor('the order in the list', async () => (await ordersOf('lister')).some((row) => row.orderId === orderId));
  await api.settled(orderId);
  await waitFor('its end in the list', async () => (await ordersOf('lister'))[0]?.status === 'completed');
  await waitFor('its sale', async () => (await sold('TICKET-STANDARD')) === before + 2);
  const declined = await api.place(validOrder({ customerId: 'lister', payment: { method: 'pm_card_chargeDeclined' } }));
  await waitFor('newest first', async () => {
    const [newest, ...others] = await ordersOf('lister');
    return newest?.orderId === declined && newest.status === 'cancelled' && others.length === 1;
  });
  expect(await sold('TICKET-STANDARD')).toBe(before + 2);
});

test('a page goes on where the last one ended, in a generation that was swapped meanwhile too', async () => {
  const placed = await Promise.all(Array.from({ length: 5 }, () => api.place(validOrder({ customerId: 'pager' }))));
  await Promise.all(placed.map((orderId) => api.settled(orderId)));
  await waitFor('all in the list', async () => (await ordersOf('pager')).every(({ status }) => status === 'completed'));
  const listed = (await ordersOf('pager')).map(({ orderId }) => orderId);
  const first = await api.get<{ items: Row[]; continuation: string }>('/api/v1/orders?customerId=pager&limit=2');
  const { code, output } = await replay('--projection', 'orders-by-customer');
  expect([code, output]).toEqual([
    0,
    expect.stringMatching(/\d+ orders replayed in .* it is the one that is read now/),
  ]);
  const rest = await api.get<{ items: Row[]; continuation?: string }>(
    `/api/v1/orders?customerId=pager&limit=10&continuation=${encodeURIComponent(first.continuation)}`,
  );
  expect([...first.items, ...rest.items].map(({ orderId }) => orderId)).toEqual(listed);
  expect(rest.continuation).toBeUndefined();
});

test('sales that are counted anew are the same, and a rebuild from a time on swaps nothing', async () => {
  const sales = await api.get('/api/v1/sales/daily');
  expect((await replay('--projection', 'daily-sales')).code).toBe(0);
  expect(await api.get('/api/v1/sales/daily')).toEqual(sales);
  const { live } = await api.get<{ live: string }>('/api/v1/projections/daily-sales');
  expect((await replay('--projection', 'daily-sales', '--from', '2026-01-01T00:00:00Z')).code).toBe(0);
  expect(await api.get('/api/v1/projections/daily-sales')).toMatchObject({ live, last: { from: expect.any(String) } });
  expect(await api.get('/api/v1/sales/daily')).toEqual(sales);
});

test('one order is rebuilt from the hub alone, and gaps are found where reading begins too late', async () => {
  const orderId = await api.place(validOrder({ customerId: 'streamed' }));
  const { version } = await api.settled(orderId);
  const whole = await waitFor('all of it on the hub', async () => {
    const answer = await replay('--order', orderId);
    return answer.output.includes(`the same at version ${version}`) && answer;
  });
  expect(whole.code).toBe(0);
  const none = await replay('--order', orderId, '--from', '2100-01-01T00:00:00Z');
  expect([none.code, none.output]).toEqual([1, expect.stringContaining('The hub has none of it')]);
});

test.each([
  ['what is unknown', ['--projection', 'nothing'], 1, 'There are orders-by-customer and daily-sales'],
  ['a time that is none', ['--projection', 'daily-sales', '--from', 'yesterday'], 1, 'does not match its schema'],
  ['a position that is none', ['--order', 'x', '--from', 'soon'], 1, 'give sequence:<number>'],
  ['an option nobody knows', ['--sku', 'x'], 2, "Unknown option '--sku'"],
])('the command refuses %s and says what is wrong', async (_what, args, ends, told) => {
  const { code, output } = await replay(...args);
  expect([code, output]).toEqual([ends, expect.stringContaining(told)]);
});
