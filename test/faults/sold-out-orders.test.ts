// Fault 8 through the whole app: far more orders than seats, some of them declined, and the host killed on the way.
import { afterEach, beforeEach, expect, onTestFailed, test } from 'vitest';
import { forEachAtOnce } from '../../shared/kernel/for-each-at-once.ts';
import { apiClient, type OrderView } from '../support/api-client.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

const seats = 40;
const buyers = 200;

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

const order = (n: number) =>
  validOrder({
    customerId: `buyer-${n}`,
    items: [{ sku: 'TICKET-BALCONY', quantity: 1 }],
    payment: { method: n % 5 === 0 ? 'pm_card_chargeDeclined' : 'pm_card_visa' },
  });

test('200 buyers for 40 seats, the host killed on the way: 40 are sold and charged, nobody else pays (fault 8)', async () => {
  const orderIds: string[] = [];
  const numbers = Array.from({ length: buyers }, (_, n) => n);
  const placing = forEachAtOnce(numbers, 16, async (n) => {
    orderIds.push(
      await waitFor(`order ${n} accepted`, () => api.place(order(n), `key-${n}`), {
        timeoutMs: 60_000,
        intervalMs: 200,
      }),
    );
  });
  await waitFor('a third of the orders', () => orderIds.length > buyers / 3, { timeoutMs: 60_000 });
  for (const pid of azure.children(/millrace-host/)) process.kill(pid, 'SIGKILL');
  await placing;

  const orders: OrderView[] = [];
  for (const orderId of orderIds) orders.push(await api.settled(orderId, 120_000));
  const ended = Map.groupBy(orders, ({ status, reason }) => (reason === undefined ? status : `${status}: ${reason}`));
  expect(ended.get('completed')).toHaveLength(seats);
  expect([...ended.keys()].toSorted()).toEqual(['cancelled: out-of-stock', 'cancelled: payment-declined', 'completed']);
  const completed = new Set(ended.get('completed')?.map(({ orderId }) => orderId));
  const charged = (await api.payments()).filter(({ capturedMinor, refundedMinor }) => capturedMinor > refundedMinor);
  expect(new Set(charged.map(({ orderId }) => orderId))).toEqual(completed);
  expect(charged).toHaveLength(seats);
});
