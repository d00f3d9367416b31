// Records one message of each contract from the running local Azure, with the app in dist/, for test/unit/shared/contracts/recorded/:
//   npm run build && node test/support/messages/record.ts
// A recording that is there stays: it is what was once sent. Only missing ones are written.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TableClient } from '@azure/data-tables';
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import { QueueClient } from '@azure/storage-queue';
import { allContracts } from '../../../shared/contracts/all.ts';
import { orderEvents } from '../../../shared/contracts/order-events.ts';
import { outboxHint } from '../../../shared/contracts/outbox.ts';
import { reading } from '../../../shared/contracts/telemetry.ts';
import { hubs, queues, storageQueues, tables, topology } from '../../../shared/kernel/topology.ts';
import { apiClient } from '../api-client.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../local-azure.ts';
import { makeVideo } from '../make-video.ts';
import { validOrder } from '../order-requests.ts';
import { busClient, OrderStatusAsker, statusQuery } from '../order-status-asker.ts';
import { videoClient } from '../video-client.ts';
import { waitFor } from '../wait-for.ts';
import { startWebhookReceiver } from '../webhook-receiver.ts';
import { type Recording, recordingPath } from './recordings.ts';

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const missing = new Set(allContracts.map(({ type }) => type).filter((type) => !existsSync(recordingPath(type))));

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

const printed = (azure: LocalAzure, what: string): string =>
  new RegExp(`${what}\\s+(http\\S+)`).exec(azure.output())?.[1] ?? '';

const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const storage = (endpoint: string) =>
  `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};${endpoint};`;

/** Looks into the queue all the time; a client goes on peeking where it stopped. */
async function watchQueue(azure: LocalAzure, queue: string, signal: AbortSignal): Promise<void> {
  const client = busClient(azure);
  const receiver = client.createReceiver(queue, { skipParsingBodyAsJson: true });
  while (!signal.aborted) {
    for (const { body } of await receiver.peekMessages(50)) keepEvent(`queue ${queue}`, (body as Buffer).toString());
    await delay(2);
  }
  await client.close();
}

async function watchHints(azure: LocalAzure, signal: AbortSignal): Promise<void> {
  const queue = new QueueClient(storage(`QueueEndpoint=${printed(azure, 'Queues')}`), storageQueues.outboxHints);
  while (!signal.aborted && missing.has(outboxHint.type)) {
    const { peekedMessageItems } = await queue.peekMessages();
    for (const { messageText } of peekedMessageItems)
      keep(outboxHint.type, 'storage queue outbox-hints', Buffer.from(messageText, 'base64').toString());
    await delay(5);
  }
}

async function watchHub(azure: LocalAzure, signal: AbortSignal): Promise<void> {
  const host = /sb:\/\/(\S+)/.exec(azure.output())?.[1] ?? '';
  const access = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE';
  const consumer = new EventHubConsumerClient(
    '$Default',
    `Endpoint=sb://${host};${access};UseDevelopmentEmulator=true;`,
    hubs.telemetry,
  );
  const subscription = consumer.subscribe(
    {
      processEvents: async (events) => {
        for (const { body } of events) keep(reading.type, 'hub telemetry', Buffer.from(body as Uint8Array).toString());
      },
      processError: async (error) => console.warn(error.message),
    },
    { startPosition: earliestEventPosition, skipParsingBodyAsJson: true },
  );
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  await subscription.close();
  await consumer.close();
}

/** A declined order whose stock record vanishes before it can be undone. */
async function failACompensation(azure: LocalAzure, api: ReturnType<typeof apiClient>): Promise<void> {
  const stock = TableClient.fromConnectionString(storage(`TableEndpoint=${printed(azure, 'Tables')}`), tables.stock, {
    allowInsecureConnection: true,
  });
  await api.ask('POST', '/local/faults', { target: 'payments', mode: 'down' });
  const items = [{ sku: 'TICKET-BALCONY', quantity: 1 }];
  const orderId = await api.place(validOrder({ items, payment: { method: 'pm_card_chargeDeclined' } }));
  await waitFor('the reservation', async () => (await api.events(orderId)).includes('StockReserved'));
  await stock.deleteEntity('TICKET-BALCONY', 'level');
  await api.ask('POST', '/local/faults', { target: 'payments', mode: 'ok' });
  await api.settled(orderId, 120_000);
}

async function playStories(azure: LocalAzure, folder: string): Promise<void> {
  const api = apiClient(azure.url);
  await using asker = new OrderStatusAsker(busClient(azure));
  const orderId = await api.place(validOrder());
  await api.settled(orderId);
  await asker.send(statusQuery(asker.sessionId, { orderId }));
  await asker.send(statusQuery(asker.sessionId, { orderId: 'none' }));
  await api.settled(await api.place(validOrder({ payment: { method: 'pm_card_chargeDeclined' } })));
  const cancelled = await api.place(validOrder());
  await api.ask('POST', `/api/v1/orders/${cancelled}/cancel`);
  await api.settled(cancelled);
  const timestamp = new Date().toISOString();
  const readings = [{ deviceId: 'boiler-1', timestamp, sequence: 1, values: { temperature: 61 } }];
  await api.ask('POST', '/api/v1/telemetry', readings);
  const film = join(folder, 'film.mp4');
  await makeVideo(film, { seconds: 2 });
  const videos = videoClient(azure.url);
  await videos.settled((await videos.upload('film.mp4', readFileSync(film))).body.videoId);
  if (missing.has(orderEvents.CompensationFailed.type)) await failACompensation(azure, api);
}

const folder = mkdtempSync(join(tmpdir(), 'record-'));
const data = makeDataFolder();
const webhook = await startWebhookReceiver();
webhook.onDelivery = ({ body }) => {
  keepEvent('Event Grid topic millrace-events', JSON.stringify(body));
  return { status: 200 };
};
const own = structuredClone(topology) as typeof topology & { eventGrid: { topics: { subscriptions: object[] }[] } };
own.eventGrid.topics[0]?.subscriptions.push({ name: 'recorder', endpoint: webhook.url, properties: {} } as never);
const topologyFile = join(folder, 'topology.json');
writeFileSync(topologyFile, JSON.stringify(own));

const azure = await startLocalAzure(data, ['--topology', topologyFile]);
const stop = new AbortController();
try {
  const { deadLetters: _letters, ...watched } = queues;
  const watching = [
    ...Object.values(watched).map((queue) => watchQueue(azure, queue, stop.signal)),
    watchHints(azure, stop.signal),
    watchHub(azure, stop.signal),
  ];
  await playStories(azure, folder);
  await waitFor('every message', () => missing.size === 0, { timeoutMs: 60_000 }).catch(() => {});
  stop.abort();
  await Promise.all(watching);
} finally {
  await azure.stop();
  await webhook.close();
  removeData(data);
  rmSync(folder, { recursive: true, force: true });
}
if (missing.size > 0) {
  console.error(`not seen: ${[...missing].join(', ')}. Run it again, or add a story that sends it.`);
  process.exitCode = 1;
}
