// A consumer that stands still is seen by its checkpoints: an alert is raised once, reaches mail and webhook, and is cleared once.
import { TableClient } from '@azure/data-tables';
import { EventHubProducerClient } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Local, startLocal } from '../../local/testing/testing.ts';
import { checkpointContainer } from '../../shared/adapters/messaging/hub-positions.ts';
import { signatureOf } from '../../shared/adapters/webhooks/sign-webhook.ts';
import { outboxEntity, outboxRow } from '../../shared/adapters/tables/outbox.ts';
import { newId } from '../../shared/kernel/ids.ts';
import { consumerGroups, hubs, storageQueues, tables } from '../../shared/kernel/topology.ts';
import { signals } from '../../shared/operations/signals.ts';
import { apiClient, type SentMail } from '../support/api-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const events = signals['consumer-lag'].warnAbove + 1;
const subject = `${hubs.telemetry}/${consumerGroups.aggregation}/0`;
let local: Local;
let api: ReturnType<typeof apiClient>;
let standIns: ReturnType<typeof apiClient>;
let receiver: WebhookReceiver;
let producer: EventHubProducerClient;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  local = await startLocal({
    app: '.',
    topology: 'infra/topology.json',
    settings: { WEBHOOKS_TO_LOOPBACK: 'true', 'AzureWebJobs.aggregateTelemetry.Disabled': 'true' },
  });
  api = apiClient(local.url);
  standIns = apiClient(local.servicesUrl);
  producer = new EventHubProducerClient(local.serviceBus, hubs.telemetry);
});
afterAll(async () => {
  await producer.close();
  await local.close();
  await receiver.close();
});

interface Webhook {
  readonly webhookId: string;
  readonly secret: string;
}

interface Signals {
  readonly items: readonly { readonly name: string; readonly at: string; readonly readings: readonly object[] }[];
  readonly alerts: readonly object[];
}

/** What the minute's timer does, now. */
async function measure(): Promise<Signals> {
  const askedAt = new Date().toISOString();
  expect((await api.ask('POST', '/admin/functions/measureSignals', { input: '' })).status).toBe(202);
  return await waitFor('a measurement of everything', async () => {
    const { body } = await api.ask<Signals>('GET', '/api/v1/signals');
    const measured = Object.keys(signals).every((name) =>
      body.items.some((item) => item.name === name && item.at >= askedAt),
    );
    return measured && body;
  });
}

const mails = async (): Promise<SentMail[]> =>
  (await standIns.get<SentMail[]>('/local/mail')).filter(({ subject: line }) => line.includes('consumer'));

const posted = () => receiver.received.map(({ body }) => body as { readonly type: string; readonly data: object });

async function sendEvents(count: number): Promise<void> {
  for (let left = count; left > 0; ) {
    const batch = await producer.createBatch({ partitionId: '0' });
    while (left > 0 && batch.tryAdd({ body: 'x' })) left -= 1;
    await producer.sendBatch(batch);
  }
}

/** As the consumer would, once it is done with everything. */
async function catchUp(): Promise<void> {
  const { fullyQualifiedNamespace } = producer;
  const { lastEnqueuedSequenceNumber: sequenceNumber } = await producer.getPartitionProperties('0');
  const place = { fullyQualifiedNamespace, eventHubName: hubs.telemetry, consumerGroup: consumerGroups.aggregation };
  const container = BlobServiceClient.fromConnectionString(local.storage).getContainerClient(checkpointContainer);
  await container.createIfNotExists();
  await new BlobCheckpointStore(container).updateCheckpoint({
    ...place,
    partitionId: '0',
    sequenceNumber,
    offset: '0',
  });
}

test('a stuck consumer raises an alert, which reaches mail and webhook once, and clears it', async () => {
  const { status, body: webhook } = await api.ask<Webhook>('POST', '/api/v1/webhooks', { url: receiver.url });
  expect(status).toBe(201);

  expect((await measure()).alerts).toEqual([]);
  await sendEvents(events);
  const high = await measure();
  expect(high.items.find(({ name }) => name === 'consumer-lag')?.readings[0]).toMatchObject({
    subject,
    value: events,
    state: 'high',
  });
  await waitFor('the mail', async () => (await mails()).length === 1);
  await waitFor('the call', () => receiver.received.length === 1);
  expect(posted()).toMatchObject([
    { type: 'millrace.operations.AlertRaised.v1', data: { name: 'consumer-lag', subject } },
  ]);
  expect((await measure()).alerts).toMatchObject([{ name: 'consumer-lag', subject, state: 'raised' }]);

  await catchUp();
  expect((await measure()).items.find(({ name }) => name === 'consumer-lag')?.readings[0]).toMatchObject({
    state: 'ok',
  });
  await waitFor('the mail that it is over', async () => (await mails()).length === 2);
  await waitFor('the call that it is over', () => receiver.received.length === 2);
  expect((await mails()).map((mail) => mail.subject).toSorted()).toEqual([
    'A consumer of a hub is behind',
    'It is over: A consumer of a hub is behind',
  ]);
  expect(posted()[1]).toMatchObject({ type: 'millrace.operations.AlertCleared.v1' });
  expect((await measure()).alerts).toEqual([]);

  for (const { headers, body } of receiver.received) {
    const [id, at] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
    expect(headers['webhook-signature']).toBe(signatureOf(id, at, JSON.stringify(body), webhook.secret));
  }
});

test('an outbox that cannot be published is seen until it is, or is empty', async () => {
  const orderId = newId();
  const table = TableClient.fromConnectionString(local.storage, tables.orders, { allowInsecureConnection: true });
  const at = new Date(Date.now() - 2 * signals['outbox-lag'].warnAbove).toISOString();
  const message = { destination: 'no-such-queue', messageId: 'm', label: 'l', correlationId: orderId, body: '{}' };
  const row = outboxRow(1, 0, at, message);
  await table.createEntity(outboxEntity(orderId, row));
  await new QueueClient(local.storage, storageQueues.outboxHints).sendMessage(
    Buffer.from(JSON.stringify({ partition: orderId })).toString('base64'),
  );
  const raised = async () => (await measure()).alerts.map((alert) => (alert as { name: string }).name);
  await waitFor('the alert', async () => (await raised()).includes('outbox-lag'), { timeoutMs: 30_000 });
  await table.deleteEntity(orderId, row.rowKey);
  expect(await waitFor('the end of the alert', async () => !(await raised()).includes('outbox-lag'))).toBe(true);
});

test('an alert of Azure Monitor goes the same way, and a receiver that wants no more is told nothing more', async () => {
  const other = await startWebhookReceiver();
  other.onDelivery = () => ({ status: 410 });
  const { body: webhook } = await api.ask<Webhook>('POST', '/api/v1/webhooks', {
    url: other.url,
    events: ['AlertRaised'],
  });
  const before = receiver.received.length;
  const tell = (monitorCondition: string) =>
    api.ask('POST', '/api/v1/alerts/monitor', {
      schemaId: 'azureMonitorCommonAlertSchema',
      data: { essentials: { alertId: '/alerts/1', alertRule: 'dropped', severity: 'Sev1', monitorCondition } },
    });
  for (const condition of ['Fired', 'Fired', 'Resolved']) expect((await tell(condition)).status).toBe(202);
  await waitFor('both calls', () => receiver.received.length === before + 2);
  await waitFor('the end of the webhook', async () => {
    const { status } = await api.ask('GET', `/api/v1/webhooks/${webhook.webhookId}`);
    return status === 404;
  });
  expect(other.received).toHaveLength(1);
  await other.close();
});

test('a webhook is listed without its secret, told again by its key, and removed', async () => {
  const key = { 'idempotency-key': 'one-receiver' };
  const wish = { url: 'https://8.8.8.8/hook', events: ['AlertRaised'] };
  const first = await api.ask<Webhook>('POST', '/api/v1/webhooks', wish, key);
  expect((await api.ask('POST', '/api/v1/webhooks', wish, key)).body).toEqual(first.body);
  const path = `/api/v1/webhooks/${first.body.webhookId}`;
  expect(first.headers.get('location')).toBe(path);
  const { secret: _secret, ...shown } = first.body;
  expect((await api.ask('GET', path)).body).toEqual(shown);
  const { items } = await api.get<{ items: object[] }>('/api/v1/webhooks');
  expect(items).toContainEqual(shown);
  expect((await api.ask('DELETE', path)).status).toBe(204);
  expect((await api.ask('DELETE', path)).status).toBe(404);
  expect((await api.ask('GET', '/api/v1/webhooks/none')).status).toBe(404);
});

test.each(['https://10.0.0.1/', 'http://example.com/', 'https://[fe80::1]/', 'none'])('%s is refused', async (url) => {
  expect(await api.ask('POST', '/api/v1/webhooks', { url })).toMatchObject({
    status: 422,
    body: { code: 'webhook-not-allowed', errors: [{ pointer: '/url' }] },
  });
});
