// Clients of the services the app stands on: by connection string where one is set, by managed identity elsewhere. Every request
// of those that speak HTTP goes through the guard of its service; what speaks AMQP is guarded by its adapter.
import { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { EventHubProducerClient } from '@azure/event-hubs';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient, newPipeline, type Pipeline } from '@azure/storage-blob';
import { QueueClient } from '@azure/storage-queue';
import type { Settings } from '../kernel/settings.ts';
import type { Guards } from './resilience/guard.ts';
import { guardedOptions, guardedPolicy } from './resilience/guarded-http.ts';

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

export function connect(settings: Settings, guards: Guards): Connections {
  let identity: TokenCredential | undefined;
  const credential = (): TokenCredential =>
    (identity ??= new ManagedIdentityCredential({ clientId: need(settings, 'AzureWebJobsStorage__clientId') }));
  const storage = settings.AzureWebJobsStorage;
  const account = storage === undefined ? undefined : BlobServiceClient.fromConnectionString(storage);
  const tableOptions = guardedOptions(guards.storage);
  const pipeline = (): Pipeline => {
    const guarded = newPipeline(account?.credential ?? credential(), { retryOptions: { maxTries: 1 } });
    guarded.factories.push(guardedPolicy(guards.storage));
    return guarded;
  };
  const uri = (name: 'blobServiceUri' | 'queueServiceUri'): string =>
    need(settings, `AzureWebJobsStorage__${name}`).replace(/\/$/, '');
  return {
    table: (name) =>
      storage === undefined
        ? new TableClient(need(settings, 'AzureWebJobsStorage__tableServiceUri'), name, credential(), tableOptions)
        : TableClient.fromConnectionString(storage, name, { ...tableOptions, allowInsecureConnection: true }),
    queue: (name) =>
      new QueueClient(
        storage === undefined ? `${uri('queueServiceUri')}/${name}` : new QueueClient(storage, name).url,
        pipeline(),
      ),
    blobs: new BlobServiceClient(account?.url ?? uri('blobServiceUri'), pipeline()),
    serviceBus: serviceBus(settings, credential),
    hub: (name) => hub(settings, name, credential),
    eventGrid: eventGrid(settings, credential, guards),
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

function eventGrid(
  settings: Settings,
  credential: () => TokenCredential,
  guards: Guards,
): EventGridPublisherClient<'CloudEvent'> {
  const { EVENT_GRID_TOPIC_ENDPOINT: endpoint, EVENT_GRID_TOPIC_KEY: key } = settings;
  const access = key === undefined ? credential() : new AzureKeyCredential(key);
  return new EventGridPublisherClient(endpoint, 'CloudEvent', access, {
    ...guardedOptions(guards['event-grid']),
    allowInsecureConnection: endpoint.startsWith('http://'),
  });
}

function need(settings: Settings, name: keyof Settings): string {
  const value = settings[name];
  if (typeof value === 'string') return value;
  throw new Error(`The setting ${name} is missing: set it, or the connection string it stands for`);
}
