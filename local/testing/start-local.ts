// The whole local Azure and a host with the built app, in the process of a test: `import { startLocal } from 'millrace/testing'`.
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { startHost } from '../host/host.ts';
import { putJsonBlob } from '../storage/put-blob.ts';
import { openStore, type Store } from '../store/store.ts';
import { startBlobAndQueue } from '../supervisor/blob-and-queue.ts';
import { functionWebhook, type Services, startServices } from '../supervisor/services.ts';
import { readValues, storageConnectionString, type Values, withRealPorts } from '../supervisor/settings.ts';
import type { Engine } from '../task-hub/engine.ts';
import { parseTopology, readTopology, type Topology } from '../topology.ts';
import type { TopologyFile } from '../topology/topology-file.ts';
import { type Activity, createActivity, trackStore } from './activity.ts';
import { type App, hasApp, keepApp } from './app-of-process.ts';
import { borrowEnvironment } from './environment.ts';
import { finish, type FinishedInstance } from './finish.ts';
import { createPassingTime } from './passing-time.ts';
import type { SkippingClock } from './skipping-clock.ts';

/** What stands in a topology.json; everything may be left out. */
export interface LocalTopology extends TopologyFile {
  readonly eventGrid?: object;
  readonly storage?: Partial<Record<'containers' | 'queues' | 'tables', readonly { readonly name: string }[]>>;
}

export interface LocalOptions {
  /** Folder of the built app, the one with host.json and package.json. */
  readonly app: string;
  /** A topology.json, or what stands in one. Default: nothing is there. */
  readonly topology?: string | LocalTopology;
  /** `skippingClock()`, or by default the machine's. */
  readonly clock?: Clock | SkippingClock;
  /** What the services keep their rows in, closed with them. Default: one in memory. */
  readonly store?: Store;
  /** Settings of the app, over those of its local.settings.json (or local.settings.sample.json), which are over the environment. */
  readonly settings?: Values;
}

export interface Local extends AsyncDisposable {
  /** Where the app answers, http://127.0.0.1:<port>. */
  readonly url: string;
  /** Where the stand-ins (/local/mail, /local/faults …), Event Grid and task hub answer. */
  readonly servicesUrl: string;
  readonly clock: Clock;
  /** What the app got. */
  readonly settings: Values;
  /** Of Service Bus and Event Hubs. */
  readonly serviceBus: string;
  /** Of blobs, queues and tables. */
  readonly storage: string;
  /** The hub of the app's host.json, as the task hub itself sees it. */
  readonly hub: Engine;
  /** The lines of the host's log so far. */
  output(): string;
  /**
   * Resolves when the instance has finished, however it ended. With a skipping clock time is skipped to what is due next
   * whenever nothing is going on; an instance that is not there yet is waited for.
   * @param withinMs of the clock's time, default 7 days
   * @throws Error saying what the instance waits for when it does not finish
   */
  finished(instanceId: string, options?: { readonly withinMs?: number }): Promise<FinishedInstance>;
  /**
   * Skips from timer to timer until nothing more is due, or the next one lies further away than `withinMs` (default 7 days).
   * Resolves when nothing is going on.
   */
  skipUntilIdle(options?: { readonly withinMs?: number }): Promise<void>;
  /** Lets exactly this much time pass, also while a message is locked. @throws Error when the clock does not skip */
  skip(durationMs: number): Promise<void>;
  /** Ends host and services, and gives back environment and working directory. */
  close(): Promise<void>;
}

const day = 24 * 3_600_000;
const defaultWithinMs = 7 * day;
const anyPorts = { front: 0, amqp: 0, blob: 0, queue: 0, table: 0, services: 0 };

/**
 * Everything is in memory and on free ports of 127.0.0.1. Once a process: the app stays loaded (vitest gives each file its own).
 * @throws Error saying what is wrong: the app, its topology, a setting
 */
export async function startLocal(options: LocalOptions): Promise<Local> {
  if (hasApp())
    throw new Error(
      'This process has loaded an app already: startLocal runs once a process. Give each test file its own.',
    );
  const { clock = systemClock } = options;
  const folder = resolve(options.app);
  const topology = await topologyOf(options.topology ?? {});
  const activity = createActivity();
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (let end = closing.pop(); end; end = closing.pop()) await end();
  };
  try {
    return await start({ ...options, folder, clock, topology, activity, closing, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Start extends Pick<LocalOptions, 'settings' | 'store'> {
  readonly folder: string;
  readonly clock: Clock;
  readonly topology: Topology;
  readonly activity: Activity;
  /** What is to be ended, the latest first. */
  readonly closing: (() => Promise<void> | void)[];
  readonly close: () => Promise<void>;
}

async function start({
  folder,
  clock,
  topology,
  activity,
  closing,
  close,
  store,
  settings = {},
}: Start): Promise<Local> {
  const eventGridKey = randomBytes(32).toString('base64url');
  const servicesStarted = Promise.withResolvers<Services>();
  const blobAndQueue = await startBlobAndQueue({
    topology,
    directory: undefined,
    ports: anyPorts,
    eventGridKey,
    servicesPort: async () => (await servicesStarted.promise).ports.services,
  });
  closing.push(() => blobAndQueue.close());
  let front = 0;
  const services = await startServices({
    store: trackStore(store ?? (await openStore({ ephemeral: true })), activity),
    topology,
    ports: anyPorts,
    eventGridKey,
    functionUrl: (name) => functionWebhook(front, eventGridKey)(name),
    putDeadLetter: (container, blob) => putJsonBlob(blobAndQueue.ports.blob, { container, ...blob }),
    clock,
  });
  servicesStarted.resolve(services);
  closing.push(() => services.close());

  const valuesAt = (port: number): Values => {
    const ports = { front: port, ...services.ports, ...blobAndQueue.ports };
    const given = { AzureWebJobsStorage: 'UseDevelopmentStorage=true', ...readValues(folder), ...settings };
    return {
      WEBSITE_HOSTNAME: `127.0.0.1:${port}`,
      ...withRealPorts(given, ports),
      MILLRACE_EVENT_GRID_KEY: eventGridKey,
    };
  };
  const environment = borrowEnvironment();
  closing.push(() => environment.giveBack());
  environment.set(valuesAt(0));
  const lines: string[] = [];
  const servicesUrl = `http://127.0.0.1:${services.ports.services}`;
  const host = await startHost({
    folder,
    port: 0,
    taskHubUrl: servicesUrl,
    json: false,
    embedding: {
      clock,
      write: (line) => void lines.push(line),
      prepare: (port) => environment.set(valuesAt((front = port))),
      around: (invoke) => (input) => activity.track(invoke(input)),
    },
  });
  closing.push(() => host.stop());
  const app: App = { functions: host.functions, invoke: host.invoke };
  keepApp(folder, app);
  await host.ready;

  const hub = await services.taskHub.engineOf(host.taskHubName);
  const { taskHub, amqp, eventGrid } = services;
  const isBusy = () => !taskHub.isIdle() || !amqp.isIdle() || !eventGrid.isIdle();
  const time = createPassingTime({ clock, activity, isBusy });
  const values = valuesAt(front);
  return {
    url: `http://127.0.0.1:${front}`,
    servicesUrl,
    clock,
    settings: values,
    serviceBus: connectionString(services.ports.amqp),
    storage: storageConnectionString({ ...services.ports, ...blobAndQueue.ports }),
    hub,
    output: () => lines.join(''),
    finished: (instanceId, { withinMs = defaultWithinMs } = {}) => finish({ hub, time }, instanceId, withinMs),
    skipUntilIdle: ({ withinMs = defaultWithinMs } = {}) => time.untilIdle(withinMs),
    skip: (durationMs) => time.skip(durationMs),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function topologyOf(given: string | LocalTopology): Promise<Topology> {
  return typeof given === 'string' ? readTopology(given) : parseTopology(given);
}

function connectionString(port: number): string {
  return `Endpoint=sb://localhost:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;`;
}
