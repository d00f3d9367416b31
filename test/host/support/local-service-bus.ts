// The local Azure's Service Bus in the test's own process, with the entities a test names.
import { ServiceBusClient } from '@azure/service-bus';
import { startAmqpServer } from '../../../local/amqp/server.ts';
import { openStore, type Store } from '../../../local/store/store.ts';
import { parseTopology } from '../../../local/topology.ts';

export interface LocalServiceBus {
  readonly connectionString: string;
  readonly client: ServiceBusClient;
  /** Ends every connection and listens again on the same port, with the same store, after `whileDown`. */
  readonly restart: (whileDown?: () => Promise<unknown>) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startLocalServiceBus(serviceBus: object): Promise<LocalServiceBus> {
  const topology = parseTopology({ serviceBus, storage: { containers: [], queues: [], tables: [] } });
  const store: Store = await openStore({ ephemeral: true });
  let server = await startAmqpServer({ store, topology, port: 0 });
  const { port } = server;
  const connectionString = `Endpoint=sb://localhost:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;`;
  const client = new ServiceBusClient(connectionString, { retryOptions: { retryDelayInMs: 200, maxRetries: 30 } });
  return {
    connectionString,
    client,
    restart: async (whileDown) => {
      await server.close();
      await whileDown?.();
      server = await startAmqpServer({ store, topology, port });
    },
    close: async () => {
      await client.close();
      await server.close();
      await store.close();
    },
  };
}
