// A broker of its own: a store and an AMQP server on it, which begin and end together.
import { startAmqpServer } from '../amqp/server.ts';
import { openStore, type StoreOptions } from '../store/store.ts';
import type { BrokerTopology } from '../topology/broker-topology.ts';

export interface Broker extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** For every SDK of Service Bus and Event Hubs. */
  readonly connectionString: string;
  /** Ends every connection and the store; nothing of it is left in the process. A second call waits for the first. */
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly topology: BrokerTopology;
  readonly store: StoreOptions;
  /** 0 takes any free one. */
  readonly port: number;
}

/** @throws Error saying what to do when the port is taken or the folder is in use */
export async function serve({ topology, store: where, port }: ServeOptions): Promise<Broker> {
  const store = await openStore(where);
  const server = await startAmqpServer({ store, topology, port }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= server.close().then(() => store.close()));
  return { port: server.port, connectionString: connectionString(server.port), close, [Symbol.asyncDispose]: close };
}

/** The official emulators' own, with the port; name and key are the same for all and guard nothing. */
function connectionString(port: number): string {
  return `Endpoint=sb://localhost:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;`;
}
