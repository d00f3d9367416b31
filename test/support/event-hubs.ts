// Local Event Hubs for contract tests: real store, real wire, real SDK; everything it hands out is closed with it.
import {
  EventHubBufferedProducerClient,
  type EventHubBufferedProducerClientOptions,
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventHubClientOptions,
  type EventPosition,
  type ReceivedEventData,
  type SubscribeOptions,
  type SubscriptionEventHandlers,
} from '@azure/event-hubs';
import { type AmqpServer, startAmqpServer } from '../../local/amqp/server.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { parseTopology } from '../../local/topology.ts';
import { connectionString } from './service-bus.ts';
import { type ShiftedClock, shiftedClock } from './shifted-clock.ts';
import { waitFor } from './wait-for.ts';

export interface LocalEventHubs extends AsyncDisposable {
  readonly port: number;
  readonly clock: ShiftedClock;
  producer(hub?: string, options?: EventHubClientOptions): EventHubProducerClient;
  buffered(options?: Partial<EventHubBufferedProducerClientOptions>): EventHubBufferedProducerClient;
  consumer(group?: string, hub?: string, options?: EventHubClientOptions): EventHubConsumerClient;
  /** Ends the listener as a crash would, without a word to the store, and starts another on the same port and store. */
  restart(): Promise<void>;
}

export interface EventHubsOptions {
  /** The `eventHubs` part of a topology file. */
  readonly eventHubs: unknown;
  /** Default: a store of its own in memory. */
  readonly store?: Store;
}

const impatient: EventHubClientOptions = { retryOptions: { maxRetries: 3, retryDelayInMs: 100 } };

export async function startEventHubs({ eventHubs, store: given }: EventHubsOptions): Promise<LocalEventHubs> {
  const store = given ?? (await openStore({ ephemeral: true }));
  const topology = parseTopology({ eventHubs });
  const clock = shiftedClock();
  const clients: { close(): Promise<void> }[] = [];
  const closeLater = <T extends { close(): Promise<void> }>(client: T): T => {
    clients.push(client);
    return client;
  };
  let server: AmqpServer = await startAmqpServer({ store, topology, port: 0, clock });
  const { port } = server;
  return {
    port,
    clock,
    producer: (hub = 'telemetry', options = {}) =>
      closeLater(new EventHubProducerClient(connectionString(port), hub, { ...impatient, ...options })),
    buffered(options = {}) {
      const client = new EventHubBufferedProducerClient(connectionString(port), 'telemetry', {
        maxWaitTimeInMs: 50,
        onSendEventsErrorHandler: ({ error }) => {
          throw error;
        },
        ...options,
      });
      // What was refused would be waited for.
      clients.push({ close: () => client.close({ flush: false }) });
      return client;
    },
    consumer: (group = '$Default', hub = 'telemetry', options = {}) =>
      closeLater(new EventHubConsumerClient(group, connectionString(port), hub, { ...impatient, ...options })),
    async restart() {
      await server.close();
      server = await startAmqpServer({ store, topology, port, clock });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      await server.close();
      if (!given) await store.close();
    },
  };
}

export interface Collected {
  readonly events: readonly ReceivedEventData[];
  readonly errors: readonly (Error & { readonly code?: string })[];
  close(): Promise<void>;
}

/** Reads one partition from a position on, until it is closed. */
export function collect(
  consumer: EventHubConsumerClient,
  partitionId: string,
  startPosition: EventPosition,
  options: SubscribeOptions = {},
): Collected {
  const events: ReceivedEventData[] = [];
  const errors: Error[] = [];
  const handlers: SubscriptionEventHandlers = {
    processEvents: (batch) => {
      events.push(...batch);
      return Promise.resolve();
    },
    processError: (error) => {
      errors.push(error);
      return Promise.resolve();
    },
  };
  const subscription = consumer.subscribe(partitionId, handlers, {
    startPosition,
    maxWaitTimeInSeconds: 1,
    ...options,
  });
  return { events, errors, close: () => subscription.close() };
}

/** The first `count` events of a partition from a position on. */
export async function readEvents(
  consumer: EventHubConsumerClient,
  partitionId: string,
  startPosition: EventPosition,
  count: number,
): Promise<readonly ReceivedEventData[]> {
  const collected = collect(consumer, partitionId, startPosition);
  try {
    await waitFor(`${count} events of partition ${partitionId}`, () => {
      if (collected.errors[0]) throw collected.errors[0];
      return collected.events.length >= count;
    });
    return collected.events;
  } finally {
    await collected.close();
  }
}

export async function readBodies(...given: Parameters<typeof readEvents>): Promise<unknown[]> {
  return (await readEvents(...given)).map(({ body }) => body as unknown);
}
