// Faults 2, 6 and 7 with two host processes: one is killed between the provider's yes and its record, both get the same command at once,
// customers cancel at any moment.
import { randomUUID } from 'node:crypto';
import type { ServiceBusClient } from '@azure/service-bus';
import { afterAll, afterEach, beforeAll, expect, onTestFailed, test } from 'vitest';
import { processOrder } from '../../shared/contracts/orders.ts';
import { toMessage } from '../../shared/contracts/contract.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { apiClient } from '../support/api-client.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../support/local-azure.ts';
import { expectBooksBalance } from '../support/order-invariants.ts';
import { validOrder } from '../support/order-requests.ts';
import { busClient } from '../support/order-status-asker.ts';
import { waitFor } from '../support/wait-for.ts';

const data = makeDataFolder();
const patient = { timeoutMs: 60_000, intervalMs: 50 };
let azure: LocalAzure;
let api: ReturnType<typeof apiClient>;
let bus: ServiceBusClient;

beforeAll(async () => {
  azure = await startLocalAzure(data, ['--hosts', '2']);
  api = apiClient(azure.url);
  bus = busClient(azure);
});
afterEach(async () => {
  await setPayments('ok');
});
afterAll(async () => {
  await bus?.close();
  await azure?.stop();
  removeData(data);
});

const paymentsOf = async (orderId: string) => (await api.payments()).filter((row) => row.orderId === orderId);

/** Whichever of the two asks the provider: both are killed. */
function killHosts(): void {
  const pids = azure.children(/millrace-host/);
  expect(pids).toHaveLength(2);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

const setPayments = (mode: string) => api.ask('POST', '/local/faults', { target: 'payments', mode });

test.each([
  ['authorised', 'requires_capture', undefined, 'PaymentAuthorised'],
  ['captured', 'succeeded', 'PaymentAuthorised', 'PaymentCaptured'],
])(
  'fault 2: kill -9 after the provider has %s, before that is stored: the same payment, one charge, one mail',
  async (_what, status, slowFrom, event) => {
    onTestFailed(() => console.log(azure.output().slice(-20_000)));
    if (slowFrom === undefined) await setPayments('slow');
    const orderId = await api.place(validOrder(), `fault-2-${status}`);
    if (slowFrom !== undefined) {
      await waitFor(slowFrom, async () => (await api.events(orderId)).includes(slowFrom), patient);
      await setPayments('slow');
    }
    // The work is done at once and answered 5 s later: the host dies while it waits for the answer.
    await waitFor(`a payment that ${status}`, async () => (await paymentsOf(orderId))[0]?.status === status, patient);
    killHosts();
    await setPayments('ok');
    const [order] = await expectBooksBalance(azure, [orderId]);
    expect(order).toMatchObject({ status: 'completed', payment: { status: 'captured' } });
    expect((await api.events(orderId)).filter((type) => type === event)).toHaveLength(1);
  },
);

test('fault 6: the command of an order twenty times at once on two hosts: one saga, one charge, one mail', async () => {
  const orderId = await api.place(validOrder(), 'fault-6');
  const time = new Date().toISOString();
  const sender = bus.createSender(queues.newOrder);
  // Other ids, or the queue itself would keep all but one.
  const copies = Array.from({ length: 20 }, () => {
    const { messageId, body } = toMessage(processOrder, {
      id: randomUUID(),
      time,
      subject: orderId,
      data: { orderId },
    });
    return { messageId, body: Buffer.from(body) };
  });
  const startsBefore = azure.output().split("Executing 'Functions.startPaymentSaga'").length;
  await Promise.all(copies.map((copy) => sender.sendMessages(copy)));
  const starts = () => azure.output().split("Executing 'Functions.startPaymentSaga'").length - startsBefore;
  await waitFor('every copy to be taken', () => starts() >= copies.length, patient);
  const [order] = await expectBooksBalance(azure, [orderId]);
  expect(order?.status).toBe('completed');
  const events = await api.events(orderId);
  expect(new Set(events).size).toBe(events.length);
  const instances = await api.get<object[]>('/runtime/webhooks/durabletask/instances');
  expect(instances.filter((instance) => JSON.stringify(instance).includes(orderId))).toHaveLength(1);
});

test('fault 7: cancelled before there is an order, at any moment of it, and after: refused, undone whole, or refused', async () => {
  const cancel = (orderId: string) => api.ask<{ code?: string }>('POST', `/api/v1/orders/${orderId}/cancel`);
  expect(await cancel(randomUUID())).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
  const moments = [
    undefined,
    'StockReserved',
    'PaymentAuthorised',
    'ShipmentArranged',
    'PaymentCaptured',
    'OrderCompleted',
  ];
  const answers = await Promise.all(
    [...moments, ...moments].map(async (moment, n) => {
      const orderId = await api.place(validOrder(), `fault-7-${n}`);
      if (moment !== undefined) {
        await waitFor(moment, async () => (await api.events(orderId)).includes(moment), { ...patient, intervalMs: 5 });
      }
      const { status } = await cancel(orderId);
      return { orderId, moment, answer: status };
    }),
  );
  const orders = await expectBooksBalance(
    azure,
    answers.map(({ orderId }) => orderId),
  );
  for (const [index, { orderId, moment, answer }] of answers.entries()) {
    const wanted = answer === 202 ? 'cancelled' : 'completed';
    expect({ orderId, moment, answer, status: orders[index]?.status }).toMatchObject({ status: wanted });
    expect([202, 409]).toContain(answer);
  }
  expect(answers.map(({ answer }) => answer)).toContain(202);
  expect(answers.filter(({ moment }) => moment === 'OrderCompleted').map(({ answer }) => answer)).toEqual([409, 409]);
});
