// Event Grid on a port of its own, with a webhook that gets what its subscriptions let through.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEventGrid } from '../../local/event-grid/event-grid.ts';
import { developmentTopicKey } from '../../local/topology/event-grid.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { parseTopology } from '../../local/topology.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { waitFor } from './wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

export interface EventView {
  readonly id: string;
  readonly type: string;
  readonly deliveries: {
    readonly subscription: string;
    readonly state: string;
    readonly reason?: string;
    readonly attempts: { readonly outcome: string }[];
  }[];
}

export interface EventGridServer {
  readonly url: string;
  readonly clock: FakeClock;
  readonly webhook: WebhookReceiver;
  readonly deadLetters: { container: string; name: string; body: unknown }[];
  /** While true, dead letters cannot be written. */
  storageIsDown: boolean;
  readonly log: string[];
  publish(topic: string, events: unknown, key?: string): Promise<Response>;
  raise(events: unknown, key?: string): Promise<Response>;
  view(): Promise<EventView[]>;
  /** Waits for the one delivery of an event to have had so many attempts, and answers it. */
  attempts(eventId: string, count: number): Promise<EventView['deliveries'][number]>;
  close(): Promise<void>;
}

interface Options {
  /** ARM's `eventGrid` of a topology; `endpoint` and `function` are filled in where a subscription has neither. */
  readonly topics?: readonly object[];
  readonly systemTopics?: readonly object[];
  readonly store?: Store;
  readonly clock?: FakeClock;
  readonly webhook?: WebhookReceiver;
}

export async function startEventGridServer(options: Options = {}): Promise<EventGridServer> {
  const store = options.store ?? (await openStore({ ephemeral: true }));
  const webhook = options.webhook ?? (await startWebhookReceiver());
  const clock = options.clock ?? createFakeClock();
  const storage = { containers: [{ name: 'dead-letters' }] };
  const { topics = [], systemTopics = [] } = options;
  const eventGridJson = {
    topics: withEndpoint(topics, webhook.url),
    systemTopics: withEndpoint(systemTopics, webhook.url),
  };
  const eventGrid = createEventGrid({
    store,
    clock,
    topology: parseTopology({ storage, eventGrid: eventGridJson }).eventGrid,
    internalKey: 'internal',
    functionUrl: (name) => `${webhook.url}/runtime?functionName=${name}`,
    putDeadLetter: async (container, { name, body }) => {
      if (running.storageIsDown) throw new Error('storage is down');
      running.deadLetters.push({ container, name, body: JSON.parse(body) });
    },
    log: (message) => running.log.push(message),
  });
  const server = createServer((req, res) => {
    if (!eventGrid.handle(req, res)) res.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const post = (path: string, key: string, events: unknown) =>
    fetch(`${url}${path}`, { method: 'POST', headers: { 'aeg-sas-key': key }, body: JSON.stringify(events) });
  const running: EventGridServer = {
    url,
    clock,
    webhook,
    deadLetters: [],
    storageIsDown: false,
    log: [],
    publish: (topic, events, key = developmentTopicKey) => post(`/event-grid/topics/${topic}/api/events`, key, events),
    raise: (events, key = 'internal') => post('/event-grid/internal/blob-events', key, events),
    view: async () => (await (await fetch(`${url}/local/events`)).json()) as EventView[],
    attempts: (eventId, count) =>
      waitFor(`attempt ${count} of ${eventId}`, async () => {
        const delivery = (await running.view()).find(({ id }) => id === eventId)?.deliveries[0];
        return delivery?.attempts.length === count && delivery;
      }),
    close: async () => {
      await eventGrid.close();
      server.close();
      server.closeAllConnections();
      if (!options.webhook) await webhook.close();
      if (!options.store) await store.close();
    },
  };
  return running;
}

function withEndpoint(topics: readonly object[], endpoint: string): object[] {
  return topics.map((topic) => {
    const { subscriptions } = topic as { subscriptions: readonly { readonly function?: string }[] };
    return { ...topic, subscriptions: subscriptions.map((one) => (one.function ? one : { endpoint, ...one })) };
  });
}
