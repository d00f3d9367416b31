// The AMQP listener alone, on a store in memory, and a client that shows that it still serves.
import rhea from 'rhea';
import { type AmqpServerOptions, startAmqpServer } from '../../local/amqp/server.ts';
import { openStore } from '../../local/store/store.ts';
import { parseTopology } from '../../local/topology.ts';

export interface LocalAmqp extends AsyncDisposable {
  readonly port: number;
  /** A connection of rhea's, closed with the server. */
  connect(options?: Partial<rhea.ConnectionOptions>): rhea.Connection;
  /** Sends a message and receives it, over a connection of its own. */
  exchange(queue: string): Promise<void>;
}

export async function startAmqp(
  queues: readonly unknown[],
  options: Partial<AmqpServerOptions> = {},
): Promise<LocalAmqp> {
  const store = await openStore({ ephemeral: true });
  const topology = parseTopology({ serviceBus: { queues } });
  const server = await startAmqpServer({ store, topology, port: 0, ...options });
  const { port } = server;
  const connect = (more: Partial<rhea.ConnectionOptions> = {}) => {
    const container = rhea.create_container();
    for (const event of ['disconnected', 'error', 'connection_error', 'session_error'])
      container.on(event, () => undefined);
    return container.connect({ host: '127.0.0.1', port, reconnect: false, ...more });
  };
  return {
    port,
    connect,
    exchange: (queue) => exchange(connect(), queue),
    async [Symbol.asyncDispose]() {
      await server.close();
      await store.close();
    },
  };
}

function exchange(connection: rhea.Connection, queue: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const id = `probe-${Math.random()}`;
  const sender = connection.open_sender(queue);
  sender.once('sendable', () => sender.send({ message_id: id, body: 'still there' }));
  connection.open_receiver({ source: queue, credit_window: 10 }).on('message', ({ message }: rhea.EventContext) => {
    if (message?.message_id === id) resolve();
  });
  connection.on('disconnected', () => reject(new Error('The server cut off a client that behaves.')));
  return promise.finally(() => connection.close());
}
