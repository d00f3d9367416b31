// The durable fixture app in the real host machinery, against a task hub over HTTP that can be stopped and started.
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DurableClient, DurableOrchestrationStatus } from 'durable-functions';
import { createRegistry, provideCoreModule } from '../../local/host/core-module.ts';
import { durableClientInput } from '../../local/host/durable/durable-client-input.ts';
import { type Durable, startDurable } from '../../local/host/durable/start-durable.ts';
import type { Invoke, LoadedFunction } from '../../local/host/function-app.ts';
import { createInvoke } from '../../local/host/invoke.ts';
import { loadApp } from '../../local/host/load-app.ts';
import type { Store } from '../../local/store/store.ts';
import { type TaskHub, createTaskHub } from '../../local/task-hub/task-hub.ts';
import { waitFor } from './wait-for.ts';

const fixtureFolder = join(import.meta.dirname, '../host/fixtures/orchestrations');

export interface RunningHub {
  readonly url: string;
  readonly port: number;
  /** Stops the hub and its server; the store stays open. */
  stop(): Promise<void>;
}

/** A hub on `store`, on `port` (0: any free one). */
export async function startHub(store: Store, port = 0, log?: (message: string) => void): Promise<RunningHub> {
  const hub: TaskHub = createTaskHub({ store, ...(log && { log }) });
  const server: Server = createServer((req, res) => {
    if (!hub.handle(req, res)) res.writeHead(404).end();
  });
  server.on('upgrade', (req, socket, head) => hub.handleUpgrade(req, socket, head));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const actualPort = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${actualPort}`,
    port: actualPort,
    async stop() {
      server.close();
      await hub.close();
      server.closeAllConnections();
    },
  };
}

export interface LoadedFixture {
  readonly functions: readonly LoadedFunction[];
  readonly invoke: Invoke;
  /** Lines the host logged. */
  readonly log: string[];
  /** What the fixture's module exports: how often which activity ran, and the switch that changes its code. */
  readonly app: {
    readonly runs: ReadonlyMap<string, number>;
    readonly code: { changed: boolean };
    /** Activities named here no longer break. */
    readonly repaired: Set<string>;
  };
}

/** Once a process: registration is for good. */
export async function loadFixture(): Promise<LoadedFixture> {
  const log: string[] = [];
  const registry = createRegistry();
  const write = (_level: string, message: string) => void log.push(message);
  provideCoreModule(registry, write);
  process.env['WEBSITE_HOSTNAME'] ??= '127.0.0.1:7071';
  const { functions, model, problems } = await loadApp(fixtureFolder, registry);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const invoke = createInvoke({
    registry,
    model,
    log: write,
    environment: {},
    readInput: async () => undefined,
    sendOutput: async () => {},
  });
  const app = (await import(pathToFileURL(join(fixtureFolder, 'main.js')).href)) as LoadedFixture['app'];
  return { functions, invoke, log, app };
}

export function startWorker({ functions, invoke }: LoadedFixture, hub: RunningHub): Promise<Durable> {
  return startDurable({ functions, invoke, taskHubUrl: hub.url, taskHubName: 'test', log: () => {} });
}

/** The client as a function of the app gets it. */
export async function clientOf(hub: RunningHub, taskHubName = 'test'): Promise<DurableClient> {
  const df = await import('durable-functions');
  const input = df.input.durableClient();
  const data: unknown = JSON.parse(
    durableClientInput({
      taskHubName,
      origin: 'http://127.0.0.1:7071',
      rpcBaseUrl: `${hub.url}/task-hub/${taskHubName}/webhooks/`,
    }),
  );
  const context = { options: { extraInputs: [input] }, extraInputs: { get: () => data } };
  return df.getClient(context as unknown as Parameters<typeof df.getClient>[0]);
}

/** Fails early when the instance ends in another way. */
export async function untilStatus(
  client: DurableClient,
  instanceId: string,
  wanted = 'Completed',
): Promise<DurableOrchestrationStatus> {
  const status = await waitFor(`instance ${instanceId} to be ${wanted}`, async () => {
    const now = await client.getStatus(instanceId);
    return [...ended, wanted].some((each) => isIn(now, each)) ? now : undefined;
  });
  if (!isIn(status, wanted))
    throw new Error(`${instanceId} is ${status.runtimeStatus}: ${JSON.stringify(status.output)}`);
  return status;
}

function isIn({ runtimeStatus }: { readonly runtimeStatus: string }, wanted: string): boolean {
  return runtimeStatus === wanted;
}

const ended = ['Completed', 'Failed', 'Terminated'];
