// Records one message of each contract from the local Azure, with the app in dist/, for test/unit/shared/contracts/recorded/:
//   npm run build && node test/support/messages/record.ts
// A recording that is there stays: it is what was once sent. Only missing ones are written.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import { ServiceBusClient } from '@azure/service-bus';
import { QueueClient } from '@azure/storage-queue';
import { Stripe } from 'stripe';
import { type Local, type LocalTopology, skippingClock, startLocal } from '../../../local/testing/testing.ts';
import { toServiceBusMessage } from '../../../shared/adapters/messaging/service-bus-sender.ts';
import { allContracts } from '../../../shared/contracts/all.ts';
import { type Contract, toMessage } from '../../../shared/contracts/contract.ts';
import { salesImport } from '../../../shared/contracts/imports.ts';
import { outboxHint } from '../../../shared/contracts/outbox.ts';
import { reading } from '../../../shared/contracts/telemetry.ts';
import { callWebhook } from '../../../shared/contracts/webhooks.ts';
import { hubs, queues, storageQueues, topology } from '../../../shared/kernel/topology.ts';
import { apiClient } from '../api-client.ts';
import { makeVideo } from '../make-video.ts';
import { validOrder } from '../order-requests.ts';
import { OrderStatusAsker, statusQuery } from '../order-status-asker.ts';
import { sale, salesFile } from '../sales-file.ts';
import { taskClient } from '../task-client.ts';
import { videoClient } from '../video-client.ts';
import { waitFor } from '../wait-for.ts';
import { startWebhookReceiver } from '../webhook-receiver.ts';
import { destinationsOf } from './flows.ts';
import { type Recording, recordingPath } from './recordings.ts';

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const missing = new Set(allContracts.map(({ type }) => type).filter((type) => !existsSync(recordingPath(type))));
const minuteMs = 60_000;

function keep(type: string, from: string, body: string): void {
  if (!missing.delete(type)) return;
  const recording: Recording = {
    type,
    recordedAt: new Date().toISOString(),
    recordedFrom: from,
    afterCommit: commit,
    body,
  };
  writeFileSync(recordingPath(type), `${JSON.stringify(recording, undefined, 2)}\n`);
  console.log(`${type} from ${from}; ${missing.size} to go`);
}

/** A CloudEvent says its type itself. */
const keepEvent = (from: string, body: string): void => keep((JSON.parse(body) as { type: string }).type, from, body);

const isSentTo = (queue: string) => (contract: Contract) =>
  destinationsOf(contract).some(({ kind, name }) => kind === 'queue' && name === queue);

/** Looks into the queue until it has seen all that is sent there: who looks all the time lets no time be skipped. */
async function watchQueue(bus: ServiceBusClient, queue: string, signal: AbortSignal): Promise<void> {
  const sentThere = allContracts.filter(isSentTo(queue));
  const receiver = bus.createReceiver(queue, { skipParsingBodyAsJson: true });
  while (!signal.aborted && sentThere.some(({ type }) => missing.has(type))) {
    for (const { body } of await receiver.peekMessages(50)) keepEvent(`queue ${queue}`, (body as Buffer).toString());
    await delay(2);
  }
}

async function watchHints(storage: string, signal: AbortSignal): Promise<void> {
  const queue = new QueueClient(storage, storageQueues.outboxHints);
  while (!signal.aborted && missing.has(outboxHint.type)) {
    const { peekedMessageItems } = await queue.peekMessages();
    for (const { messageText } of peekedMessageItems)
      keep(outboxHint.type, 'storage queue outbox-hints', Buffer.from(messageText, 'base64').toString());
    await delay(5);
  }
}

/** `take` is given each body of the hub. */
async function watchHub(
  namespace: string,
  hub: string,
  take: (body: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const consumer = new EventHubConsumerClient('$Default', namespace, hub);
  const subscription = consumer.subscribe(
    {
      processEvents: async (events) => {
        for (const { body } of events) take(Buffer.from(body as Uint8Array).toString());
      },
      processError: async (error) => console.warn(error.message),
    },
    { startPosition: earliestEventPosition, skipParsingBodyAsJson: true },
  );
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  await subscription.close();
  await consumer.close();
}

interface Stage {
  readonly local: Local;
  readonly bus: ServiceBusClient;
  readonly api: ReturnType<typeof apiClient>;
  readonly standIns: ReturnType<typeof apiClient>;
}

/** A goods order, one that is asked after, one that is declined and paid for all the same, one that is cancelled, one too many. */
async function goods({ local, bus, api, standIns }: Stage): Promise<void> {
  const orderId = await api.place(validOrder());
  await local.finished(orderId);
  await using asker = new OrderStatusAsker(bus);
  await asker.ask(statusQuery(asker.sessionId, { orderId }));
  await asker.ask(statusQuery(asker.sessionId, { orderId: 'none' }));

  const declined = await api.place(validOrder({ payment: { method: 'pm_card_chargeDeclined' } }));
  await local.finished(declined);
  const { hostname: host, port } = new URL(local.servicesUrl);
  const stripe = new Stripe('sk_test_local', { host, port, protocol: 'http', telemetry: false });
  const card = { payment_method: 'pm_card_visa', confirm: true } as const;
  await stripe.paymentIntents.create({ amount: 9_800, currency: 'eur', metadata: { orderId: declined }, ...card });

  await standIns.ask('POST', '/local/faults', { target: 'carrier', mode: 'down', count: 2 });
  const cancelled = await api.place(validOrder());
  await api.ask('POST', `/api/v1/orders/${cancelled}/cancel`);
  await local.finished(cancelled);

  const balcony = (quantity: number) => validOrder({ items: [{ sku: 'TICKET-BALCONY', quantity }] });
  await local.finished(await api.place(balcony(40)));
  await local.finished(await api.place(balcony(1)));
}

async function food({ local, api }: Stage): Promise<void> {
  const orderId = await api.place(validOrder({ draft: true }));
  const post = (action: string, body?: object) => api.ask('POST', `/api/v1/orders/${orderId}/${action}`, body);
  const happened = (type: string) => waitFor(type, async () => (await api.events(orderId)).includes(type));
  await post('items', { sku: 'PIZZA-MARGHERITA', quantity: 2 });
  await post('submit');
  await local.finished(orderId);
  await happened('PreparationStarted');
  await post('ready');
  await happened('DriverDispatched');
  await post('delivered');
}

async function till({ bus }: Stage): Promise<void> {
  const data = salesFile('2026-11-20', [sale(1), sale(2)]);
  const message = toMessage(salesImport, {
    id: 'till-3-1',
    subject: data.fileId,
    time: new Date().toISOString(),
    data,
  });
  await bus.createSender(message.destination).sendMessages(toServiceBusMessage(message));
}

async function telemetryAndVideo({ local, api }: Stage): Promise<void> {
  const timestamp = new Date().toISOString();
  const readings = [{ deviceId: 'boiler-1', timestamp, sequence: 1, values: { temperature: 61 } }];
  await api.ask('POST', '/api/v1/telemetry', readings);
  const film = join(folder, 'film.mp4');
  await makeVideo(film, { seconds: 2 });
  const videos = videoClient(local.url);
  await videos.settled((await videos.upload('film.mp4', readFileSync(film))).body.videoId);
}

/** Azure Monitor tells of an alert; a receiver keeps its message in the queue until it was seen there. */
async function alarm({ api }: Stage): Promise<void> {
  const receiver = await startWebhookReceiver();
  receiver.onDelivery = () => ({ status: missing.has(callWebhook.type) ? 503 : 200 });
  await api.ask('POST', '/api/v1/webhooks', { url: receiver.url });
  for (const monitorCondition of ['Fired', 'Resolved'])
    await api.ask('POST', '/api/v1/alerts/monitor', {
      schemaId: 'azureMonitorCommonAlertSchema',
      data: { essentials: { alertId: '/alerts/1', alertRule: 'dropped', severity: 'Sev1', monitorCondition } },
    });
  await waitFor('the call of a webhook', () => !missing.has(callWebhook.type));
  await waitFor('the last delivery', () => receiver.received.length > 1);
  await receiver.close();
}

/** The carrier is away for so long that its step is given up and cannot be undone; a person sees to it. */
async function carrierAway({ local, api, standIns }: Stage): Promise<void> {
  await standIns.ask('POST', '/local/faults', { target: 'carrier', mode: 'down' });
  const orderId = await api.place(validOrder());
  await waitFor('the authorisation', async () => (await api.events(orderId)).includes('PaymentAuthorised'));
  await local.skip(31 * minuteMs);
  await local.finished(orderId);
  const tasks = taskClient(local.url);
  await tasks.act((await tasks.of(orderId)).taskId, 'resolve', 'the carrier says nothing was arranged');
}

const folder = mkdtempSync(join(tmpdir(), 'record-'));
const webhook = await startWebhookReceiver();
webhook.onDelivery = ({ body }) => {
  keepEvent('Event Grid topic millrace-events', JSON.stringify(body));
  return { status: 200 };
};
const own = structuredClone(topology) as LocalTopology & { eventGrid: { topics: { subscriptions: object[] }[] } };
own.eventGrid.topics[0]?.subscriptions.push({ name: 'recorder', endpoint: webhook.url, properties: {} });

const settings = { WEBHOOKS_TO_LOOPBACK: 'true' };
const local = await startLocal({ app: '.', topology: own, clock: skippingClock(), settings });
const bus = new ServiceBusClient(local.serviceBus);
const stop = new AbortController();
try {
  const { deadLetters: _letters, ...watched } = queues;
  const watching = [
    ...Object.values(watched).map((queue) => watchQueue(bus, queue, stop.signal)),
    watchHints(local.storage, stop.signal),
    watchHub(local.serviceBus, hubs.telemetry, (body) => keep(reading.type, 'hub telemetry', body), stop.signal),
    watchHub(local.serviceBus, hubs.orderStream, (body) => keepEvent('hub order-stream', body), stop.signal),
  ];
  const stage = { local, bus, api: apiClient(local.url), standIns: apiClient(local.servicesUrl) };
  // The last one wants time to be skipped, which nobody may be watching a queue for.
  for (const play of [till, food, alarm, goods, telemetryAndVideo, carrierAway]) await play(stage);
  await waitFor('every message', () => missing.size === 0, { timeoutMs: 60_000 }).catch(() => {});
  stop.abort();
  await Promise.all(watching);
} finally {
  await bus.close();
  await local.close();
  await webhook.close();
  rmSync(folder, { recursive: true, force: true });
}
if (missing.size > 0) {
  console.error(`not seen: ${[...missing].join(', ')}. Run it again, or add a story that sends it.`);
  process.exitCode = 1;
}
