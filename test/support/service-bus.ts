// A local Service Bus for contract tests: real store, real wire, real SDK; everything it hands out is closed with it.
import {
  ServiceBusClient,
  type ServiceBusClientOptions,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from '@azure/service-bus';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AmqpServer, startAmqpServer } from '../../local/amqp/server.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { parseTopology } from '../../local/topology.ts';
import { type ShiftedClock, shiftedClock } from './shifted-clock.ts';

export interface LocalServiceBus extends AsyncDisposable {
  readonly client: ServiceBusClient;
  readonly port: number;
  readonly clock: ShiftedClock;
  readonly store: Store;
  /** Another connection. */
  connect(options?: ServiceBusClientOptions): ServiceBusClient;
  /** Ends the listener as a crash would, without a word to the store, and starts another on the same port and store. */
  restart(): Promise<void>;
}

export interface ServiceBusOptions {
  /** The `serviceBus` part of a topology file. */
  readonly serviceBus: unknown;
  /** Default: a store of its own in memory. */
  readonly store?: Store;
}

export async function startServiceBus({ serviceBus, store: given }: ServiceBusOptions): Promise<LocalServiceBus> {
  const store = given ?? (await openStore({ ephemeral: true }));
  const topology = parseTopology({ serviceBus });
  const clock = shiftedClock();
  const clients: ServiceBusClient[] = [];
  let server: AmqpServer = await startAmqpServer({ store, topology, port: 0, clock });
  const { port } = server;
  const connect = (options: ServiceBusClientOptions = {}) => {
    const client = new ServiceBusClient(connectionString(port), {
      retryOptions: { maxRetries: 3, retryDelayInMs: 100 },
      ...options,
    });
    clients.push(client);
    return client;
  };
  return {
    client: connect(),
    port,
    clock,
    store,
    connect,
    async restart() {
      await server.close();
      // The clients share this process: their sockets hear of the end in the next turns of its event loop.
      for (let turn = 0; turn < 3; turn += 1) await nextTurn();
      server = await startAmqpServer({ store, topology, port, clock });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      await server.close();
      if (!given) await store.close();
    },
  };
}

/** One message, or an error when none comes. */
export async function receiveOne(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 });
  if (!message) throw new Error(`no message came from ${receiver.entityPath}`);
  return message;
}

/** True when nothing is ready to receive now. */
export async function isEmpty(receiver: ServiceBusReceiver): Promise<boolean> {
  const messages = await receiver.receiveMessages(1, { maxWaitTimeInMs: 200 });
  return messages.length === 0;
}

export function connectionString(port: number): string {
  return `Endpoint=sb://localhost:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;`;
}
