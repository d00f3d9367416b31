// The local Azure's Event Hubs in the test's own process, with the hubs a test names.
import { EventHubProducerClient } from '@azure/event-hubs';
import { startAmqpServer } from '../../../local/amqp/server.ts';
import { openStore } from '../../../local/store/store.ts';
import { parseTopology } from '../../../local/topology.ts';

export interface LocalEventHubs {
  readonly connectionString: string;
  /** Sends text to a partition, or by a key. */
  readonly send: (
    hub: string,
    to: { readonly partitionId: string } | { readonly partitionKey: string },
    bodies: readonly string[],
  ) => Promise<void>;
  /** Ends every connection and listens again on the same port, with the same store, after `whileDown`. */
  readonly restart: (whileDown?: () => Promise<unknown>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Each hub with the consumer group `readers` and as many partitions as are named. */
export async function startLocalEventHubs(partitions: Readonly<Record<string, number>>): Promise<LocalEventHubs> {
  const hubs = Object.entries(partitions).map(([name, partitionCount]) => ({
    name,
    properties: { partitionCount, messageRetentionInDays: 1 },
    consumerGroups: [{ name: 'readers' }],
  }));
  const topology = parseTopology({ eventHubs: { hubs } });
  const store = await openStore({ ephemeral: true });
  let server = await startAmqpServer({ store, topology, port: 0 });
  const { port } = server;
  const connectionString = `Endpoint=sb://localhost:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;`;
  const producers = new Map<string, EventHubProducerClient>();
  return {
    connectionString,
    send: async (hub, to, bodies) => {
      const retryOptions = { retryDelayInMs: 200, maxRetries: 30 };
      const producer = producers.get(hub) ?? new EventHubProducerClient(connectionString, hub, { retryOptions });
      producers.set(hub, producer);
      await producer.sendBatch(
        bodies.map((body) => ({ body: Buffer.from(body) })),
        to,
      );
    },
    restart: async (whileDown) => {
      await server.close();
      await whileDown?.();
      server = await startAmqpServer({ store, topology, port });
    },
    close: async () => {
      await Promise.all([...producers.values()].map((producer) => producer.close()));
      await server.close();
      await store.close();
    },
  };
}
