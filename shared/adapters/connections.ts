// Clients of the services the app stands on: by connection string where one is set, by managed identity elsewhere.
import { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { ServiceBusClient } from '@azure/service-bus';
import { QueueClient } from '@azure/storage-queue';
import type { Settings } from '../kernel/settings.ts';

export interface Connections {
  table(name: string): TableClient;
  queue(name: string): QueueClient;
  readonly serviceBus: ServiceBusClient;
}

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
    serviceBus: serviceBus(settings, credential),
  };
}

function serviceBus(settings: Settings, credential: () => TokenCredential): ServiceBusClient {
  // Whoever sends has an outbox or a scheduled copy to fall back on, and a caller who waits.
  const retryOptions = { maxRetries: 1, timeoutInMs: 5_000, retryDelayInMs: 500 };
  return settings.ServiceBusConnection === undefined
    ? new ServiceBusClient(need(settings, 'ServiceBusConnection__fullyQualifiedNamespace'), credential(), {
        retryOptions,
      })
    : new ServiceBusClient(settings.ServiceBusConnection, { retryOptions });
}

function need(settings: Settings, name: keyof Settings): string {
  const value = settings[name];
  if (typeof value === 'string') return value;
  throw new Error(`The setting ${name} is missing: set it, or the connection string it stands for`);
}
