// Fault 25: a crash between publish and mark-sent. What was sent is sent again under the same ids, and has one effect.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, startLocal } from '../../local/testing/testing.ts';
import { newId } from '../../shared/kernel/ids.ts';
import { hubs } from '../../shared/kernel/topology.ts';
import { apiClient, type SentMail } from '../support/api-client.ts';
import { collect } from '../support/event-hubs.ts';
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

test('fault 25: what a killed publisher sent comes again under the same ids: one mail, one line in each projection', async () => {
  const orderId = newId();
  const publisher = spawn(process.execPath, ['test/support/dying-publisher-process.ts', orderId, 'crashed'], {
    env: { ...process.env, ...local.settings },
    stdio: 'inherit',
  });
  expect(await once(publisher, 'exit')).toEqual([null, 'SIGKILL']);

  const consumer = new EventHubConsumerClient('$Default', local.serviceBus, hubs.orderStream);
  const partitions = (await consumer.getPartitionIds()).map((id) => collect(consumer, id, earliestEventPosition));
  const onHub = () =>
    partitions
      .flatMap(({ events }) => events)
      .filter(({ correlationId }) => correlationId === orderId)
      .map(({ messageId }) => String(messageId));
  const ids = await waitFor('the events sent again by the hint', () => onHub().length === 4 && onHub(), {
    timeoutMs: 60_000,
  });
  await Promise.all(partitions.map((partition) => partition.close()));
  await consumer.close();
  expect(new Set(ids).size).toBe(2);

  const mails = async () =>
    (await apiClient(local.servicesUrl).get<SentMail[]>('/local/mail')).filter((mail) => mail.orderId === orderId);
  await waitFor('the mail', async () => (await mails()).length > 0);
  const listed = async (path: string) => {
    const { items } = await api.get<{ items: object[] }>(path);
    return items.length > 0 && items;
  };
  const orders = await waitFor('the line in the list', () => listed('/api/v1/orders?customerId=crashed'));
  expect(orders).toMatchObject([{ orderId, customerId: 'crashed' }]);
  const revenue = { amountMinor: 9800, currency: 'EUR' };
  const sales = await waitFor('the sale', () => listed('/api/v1/sales/daily'));
  expect(sales).toMatchObject([{ sku: 'TICKET-STANDARD', units: 2, revenue }]);
  expect(local.output().split("Executing 'Functions.sendOrderMail'")).toHaveLength(2);

  // Comes after the repeats, in the same partition: when it shows, they were counted, or not.
  await api.ask('POST', `/api/v1/orders/${orderId}/cancel`);
  await waitFor('its end in the list', async () => {
    const { items } = await api.get<{ items: { status: string }[] }>('/api/v1/orders?customerId=crashed');
    return items[0]?.status === 'cancelled';
  });
  expect(await listed('/api/v1/sales/daily')).toEqual(sales);
  expect(await mails()).toHaveLength(1);
  expect(local.output()).toMatch(/"metric":"outbox-lag","value":\d{4,},"unit":"ms"/);
});
