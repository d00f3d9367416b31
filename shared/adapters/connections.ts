// Clients of the services the app stands on: by connection string where one is set, by managed identity elsewhere.
import { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { EventHubProducerClient } from '@azure/event-hubs';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueClient } from '@azure/storage-queue';
import type { Settings } from '../kernel/settings.ts';

export interface Connections {
  table(name: string): TableClient;
  queue(name: string): QueueClient;
  readonly blobs: BlobServiceClient;
  readonly serviceBus: ServiceBusClient;
  hub(name: string): EventHubProducerClient;
  /** The topic of our own events. */
  readonly eventGrid: EventGridPublisherClient<'CloudEvent'>;
}

/** Whoever sends has a caller who waits, and an outbox, a scheduled copy or a device's repeat to fall back on. */
const retryOptions = { maxRetries: 1, timeoutInMs: 5_000, retryDelayInMs: 500 };

export function connect(settings: Settings): Connections {
  let identity: TokenCredential | undefined;
  const credential = (): TokenCredential =>
    (identity ??= new ManagedIdentityCredential({ clientId: need(settings, 'AzureWebJobsStorage__clientId') }));
  const storage = settings.AzureWebJobsStorage;
  return {
    table: (name) =>
      storage === undefined
        ? new TableClient(need(settings, 'AzureWebJobsStorage__tableServiceUri'), name, credential())
        : TableClient.fromConnectionString(storage, name, { allowInsecureConnection: true }),
    queue: (name) =>
      storage === undefined
        ? new QueueClient(
            `${need(settings, 'AzureWebJobsStorage__queueServiceUri').replace(/\/$/, '')}/${name}`,
            credential(),
          )
        : new QueueClient(storage, name),
    blobs:
      storage === undefined
        ? new BlobServiceClient(need(settings, 'AzureWebJobsStorage__blobServiceUri'), credential())
        : BlobServiceClient.fromConnectionString(storage),
    serviceBus: serviceBus(settings, credential),
    hub: (name) => hub(settings, name, credential),
    eventGrid: eventGrid(settings, credential),
  };
}

function hub(settings: Settings, name: string, credential: () => TokenCredential): EventHubProducerClient {
  const { EventHubsConnection: connection } = settings;
  return connection === undefined
    ? new EventHubProducerClient(need(settings, 'EventHubsConnection__fullyQualifiedNamespace'), name, credential(), {
        retryOptions,
      })
    : new EventHubProducerClient(connection, name, { retryOptions });
}

function serviceBus(settings: Settings, credential: () => TokenCredential): ServiceBusClient {
  return settings.ServiceBusConnection === undefined
    ? new ServiceBusClient(need(settings, 'ServiceBusConnection__fullyQualifiedNamespace'), credential(), {
        retryOptions,
      })
    : new ServiceBusClient(settings.ServiceBusConnection, { retryOptions });
}

function eventGrid(settings: Settings, credential: () => TokenCredential): EventGridPublisherClient<'CloudEvent'> {
  const { EVENT_GRID_TOPIC_ENDPOINT: endpoint, EVENT_GRID_TOPIC_KEY: key } = settings;
  const access = key === undefined ? credential() : new AzureKeyCredential(key);
  return new EventGridPublisherClient(endpoint, 'CloudEvent', access, {
    allowInsecureConnection: endpoint.startsWith('http://'),
  });
}

function need(settings: Settings, name: keyof Settings): string {
  const value = settings[name];
  if (typeof value === 'string') return value;
  throw new Error(`The setting ${name} is missing: set it, or the connection string it stands for`);
}
