// One Service Bus client a connection, shared by the triggers and outputs of the app.
import type { ServiceBusClient } from '@azure/service-bus';
import { connectionOf } from '../binding-options.ts';
import type { Binding } from '../function-app.ts';
import type { Environment } from '../settings.ts';

export interface ServiceBusClients {
  /** The one a binding's connection leads to. @throws Error when it is not set */
  get(binding: Binding): Promise<ServiceBusClient>;
  close(): Promise<void>;
}

/** A receiver whose server died waits one delay before it tries again: the SDK's default is 30 s. */
const retryOptions = { retryDelayInMs: 500, maxRetries: 3, timeoutInMs: 15_000 };

export function createServiceBusClients(environment: Environment): ServiceBusClients {
  const clients = new Map<string, Promise<ServiceBusClient>>();
  return {
    get: async (binding) => {
      const text = connectionOf(binding, environment);
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
