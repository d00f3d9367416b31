// One Service Bus client a connection, shared by the triggers and outputs of the app.
import type { ServiceBusClient } from '@azure/service-bus';
import { connectionString, type Environment } from '../settings.ts';

export interface ServiceBusClients {
  /** By the name a binding gives its connection. @throws Error when it is not set */
  get(connectionName: string): Promise<ServiceBusClient>;
  close(): Promise<void>;
}

/** A receiver whose server died waits one delay before it tries again: the SDK's default is 30 s. */
const retryOptions = { retryDelayInMs: 500, maxRetries: 3, timeoutInMs: 15_000 };

export function createServiceBusClients(environment: Environment): ServiceBusClients {
  const clients = new Map<string, Promise<ServiceBusClient>>();
  return {
    get: async (connectionName) => {
      const text = connectionString(connectionName, environment);
      const client = clients.get(text) ?? connect(text);
      clients.set(text, client);
      return client;
    },
    close: async () => {
      await Promise.allSettled([...clients.values()].map(async (client) => (await client).close()));
    },
  };
}

/** The SDK is loaded here: an app without Service Bus does not pay for it. */
async function connect(text: string): Promise<ServiceBusClient> {
  const { ServiceBusClient: Client } = await import('@azure/service-bus');
  return new Client(text, { retryOptions });
}
