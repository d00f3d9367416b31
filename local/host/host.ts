// The Functions host: reads settings and host.json, loads the app, opens HTTP and every trigger, and ends them in order.
import { isMainThread } from 'node:worker_threads';
import { type Clock, systemClock } from '../clock.ts';
import { hasTrigger, unsupported } from './binding-kinds.ts';
import { createBlobQueue } from './blob/blob-queue.ts';
import { logLinesOf } from './console-lines.ts';
import { createRegistry, provideCoreModule, type CoreRegistry } from './core-module.ts';
import { durableClientInput } from './durable/durable-client-input.ts';
import { startDurable } from './durable/start-durable.ts';
import type { Invoke, LoadedFunction, Log } from './function-app.ts';
import { functionTable } from './function-table.ts';
import { hostIdOf } from './host-id.ts';
import { hostMemoryMb } from './host-memory.ts';
import { readHostJson, type HostJson } from './host-json.ts';
import { openHttpFront, type HttpFront } from './http/http-front.ts';
import { readOrCreateKeys } from './http/access-keys.ts';
import { createRouteTable, routeOf, type Route } from './http/route-table.ts';
import { durablePrefix } from './http/task-hub-proxy.ts';
import { createThrottle } from './http/throttle.ts';
import { createReadInput } from './inputs.ts';
import { createInvoke } from './invoke.ts';
import { startListeners } from './listeners.ts';
import { loadApp, type LoadedApp } from './load-app.ts';
import { noteLoadedFiles } from './loaded-files.ts';
import { createLog, isColoured } from './log.ts';
import { writeByTurns } from './log-output.ts';
import { createSendOutput } from './outputs.ts';
import { takesRetryPolicy } from './retry-policy.ts';
import { createServiceBusClients } from './service-bus/service-bus-clients.ts';
import { isDisabled, readLocalSettings, resolveSettings, type LocalSettings } from './settings.ts';
import { createRunByHand } from './run-by-hand.ts';
import { killWhenStuck } from './stuck-thread.ts';
import { watchProcess } from './watch-process.ts';

export interface HostOptions {
  /** The app's folder, absolute: the one with host.json and package.json. */
  readonly folder: string;
  /** Default: the app's Host.LocalHttpPort, else 7071; 0 is any free port. */
  readonly port: number | undefined;
  readonly taskHubUrl: string;
  /** One JSON object a line instead of func's text. */
  readonly json: boolean;
  /** Where the function keys are kept; without it none are demanded. */
  readonly keysFile?: string | undefined;
  /** The app's files are noted here as they are loaded. */
  readonly loaded?: Map<string, string>;
  /** The app has done what ends Azure's worker: the process must end and be started anew. Called once or more often. */
  readonly onFault?: (reason: string) => void;
  /** There when the process is not the host's own but a test's. */
  readonly embedding?: Embedding;
}

export interface Embedding {
  /** Timers and retries go by it. */
  readonly clock: Clock;
  /** Takes the lines of the log. */
  write(line: string): void;
  /** The port is known, the app is not loaded yet. */
  prepare(port: number): void;
  /** Sees every invocation. */
  around(invoke: Invoke): Invoke;
}

export interface RunningHost {
  readonly port: number;
  readonly log: Log;
  /** All that run here. */
  readonly functions: readonly LoadedFunction[];
  readonly invoke: Invoke;
  readonly taskHubName: string;
  /** Resolves when every trigger listens; the log says what it waits for. */
  readonly ready: Promise<void>;
  /** Takes nothing new, lets what runs finish for some seconds, gives the rest back. */
  stop(): Promise<void>;
}

/** The supervisor gives a host 5 s to end, closing included. */
const stopPatienceMs = 3_000;
/** Azure's, for bodies that are not streamed. */
const maxBodyBytes = 100 * 1024 * 1024;

/**
 * Loads the app and begins to listen. Once a process: the app stays loaded.
 * @throws Error that says what to do when nothing can run or the port is taken
 */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const { folder, embedding } = options;
  const settings = readLocalSettings(folder);
  for (const [name, value] of Object.entries(settings.values)) process.env[name] ??= value;
  const runtime = process.env['FUNCTIONS_WORKER_RUNTIME'];
  if (runtime && runtime !== 'node')
    throw new Error(`FUNCTIONS_WORKER_RUNTIME is '${runtime}': this host runs apps for 'node' only.`);
  const hostJson = readHostJson(folder, process.env);
  const log = createLog({
    json: options.json,
    coloured: !embedding && isColoured(process.stdout, process.env['NO_COLOR']),
    logLevel: hostJson.logLevel,
    write: embedding ? (line) => embedding.write(line) : writeByTurns(process.stdout),
    now: () => new Date(embedding?.clock.now() ?? Date.now()),
  });
  if (options.json && !embedding) logLinesOf(process.stdout, log);
  if (options.onFault) watchProcess({ log, end: options.onFault, memoryMb: hostMemoryMb(process.env) });
  const front = await openHttpFront(options.port ?? settings.httpPort);
  embedding?.prepare(front.port);
  // durable-functions rewrites every address to localhost:7071 where it is missing.
  process.env['WEBSITE_HOSTNAME'] ??= `127.0.0.1:${front.port}`;
  process.env['AZURE_FUNCTIONS_ENVIRONMENT'] ??= 'Development';
  process.env['FUNCTIONS_WORKER_RUNTIME'] ??= 'node';
  // A worker thread cannot.
  if (isMainThread) process.chdir(folder);
  const registry = createRegistry();
  provideCoreModule(registry, log);
  if (options.loaded) noteLoadedFiles(folder, options.loaded);
  const app = await loadApp(folder, registry);
  return runApp({ ...options, app, registry, settings, hostJson, front, log });
}

interface HostParts extends Pick<HostOptions, 'folder' | 'taskHubUrl' | 'embedding' | 'keysFile' | 'onFault'> {
  readonly app: LoadedApp;
  readonly registry: CoreRegistry;
  readonly settings: LocalSettings;
  readonly hostJson: HostJson;
  readonly front: HttpFront;
  readonly log: Log;
}

function runApp(parts: HostParts): RunningHost {
  const { app, registry, settings, hostJson, front, log, taskHubUrl, embedding } = parts;
  const { functions, routes, disabled } = selectFunctions(app, hostJson, log);
  const serviceBus = createServiceBusClients(process.env);
  const taskHubName = resolveSettings(hostJson.taskHubName, process.env);
  // The supervisor names its own address there: callers come by its front.
  const origin = `http://${process.env['WEBSITE_HOSTNAME']}`;
  // The app's own calls go through this host: it waits while the hub starts anew.
  const rpcBaseUrl = `http://127.0.0.1:${front.port}${durablePrefix}/`;
  const clientInput = durableClientInput({ taskHubName, origin, rpcBaseUrl });
  const bareInvoke = createInvoke({
    registry,
    model: app.model,
    log,
    environment: process.env,
    readInput: createReadInput({ environment: process.env, durableClient: clientInput }),
    sendOutput: createSendOutput({ environment: process.env, queues: hostJson.queues, serviceBus }),
    timeoutMs: hostJson.functionTimeoutMs,
    onTimeout: (name) => parts.onFault?.(`'Functions.${name}' ran out of time (functionTimeout of host.json)`),
  });
  const keys = parts.keysFile === undefined ? undefined : readOrCreateKeys(parts.keysFile);
  const invoke = embedding?.around(bareInvoke) ?? bareInvoke;
  const stopping = new AbortController();
  const common = {
    log,
    environment: process.env,
    hostId: hostIdOf(parts.folder, process.env),
    stopping: stopping.signal,
  };
  const blobs = createBlobQueue({ ...common, limits: hostJson.blobs });
  front.serve({
    findRoute: createRouteTable(routes),
    trigger: {
      invoke,
      streamServer: app.streamServer,
      maxBodyBytes,
      throttle: createThrottle(hostJson.http),
      customHeaders: hostJson.http.customHeaders,
    },
    admin: {
      functions: app.functions,
      routes,
      disabled,
      runByHand: createRunByHand({ invoke, environment: process.env, log }),
      origin,
      keys,
    },
    cors: settings,
    taskHub: { url: taskHubUrl, name: taskHubName },
    eventGrid: {
      functions,
      invoke,
      blobs,
      environment: process.env,
      key: process.env['MILLRACE_EVENT_GRID_KEY'],
    },
  });
  log('information', functionTable(functions, routes, disabled, origin));
  const { durableTask } = hostJson;
  const context = { ...common, invoke, hostJson, serviceBus, blobs, clock: embedding?.clock ?? systemClock };
  const { functionTimeoutMs } = hostJson;
  if (parts.onFault && functionTimeoutMs !== undefined) killWhenStuck(Math.max(functionTimeoutMs, 1_000));
  const listening = startListeners(functions, context);
  const orchestrating = startDurable({ functions, invoke, taskHubUrl, taskHubName, log, durableTask });
  return {
    port: front.port,
    log,
    functions,
    invoke,
    taskHubName,
    ready: Promise.all([listening, orchestrating]).then(() => undefined),
    stop: async () => {
      stopping.abort();
      // Not there yet when the hub has not answered so far.
      const durable = await Promise.race([orchestrating, Promise.resolve(undefined)]);
      const listeners = await listening;
      await Promise.all([listeners.stop(stopPatienceMs), durable?.stop(), front.close(stopPatienceMs)]);
      await serviceBus.close();
      await runTerminateHooks(registry, log);
    },
  };
}

/** One that fails does not keep the others from running. */
async function runTerminateHooks({ hooks, appHookData, appLevelHookData }: CoreRegistry, log: Log): Promise<void> {
  for (const callback of hooks.appTerminate) {
    try {
      await callback({ hookData: appLevelHookData, appHookData });
    } catch (error) {
      log('error', `An appTerminate hook failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
}

interface SelectedFunctions {
  readonly functions: readonly LoadedFunction[];
  readonly routes: readonly Route[];
  readonly disabled: readonly LoadedFunction[];
}

/** What runs here; what does not is named. */
function selectFunctions(app: LoadedApp, hostJson: HostJson, log: Log): SelectedFunctions {
  for (const problem of app.problems) log('error', problem);
  for (const path of hostJson.ignored) log('warning', `host.json: ${path} has no effect on the local host.`);
  const functions: LoadedFunction[] = [];
  const routes: Route[] = [];
  const disabled: LoadedFunction[] = [];
  for (const fn of app.functions) {
    const problem = unsupported(fn, process.env);
    if (fn.retryOptions && !takesRetryPolicy(fn.trigger.type))
      log('warning', `The retry policy of function '${fn.name}' is not applied by the local host.`);
    if (isDisabled(fn.name, process.env)) disabled.push(fn);
    else if (problem) log('error', problem, { functionName: fn.name });
    else if (!hasTrigger(fn, 'httpTrigger')) functions.push(fn);
    else {
      try {
        routes.push(routeOf(fn, hostJson.http.routePrefix));
        functions.push(fn);
      } catch (error) {
        log('error', `Function '${fn.name}' is left out: ${(error as Error).message}`, { functionName: fn.name });
      }
    }
  }
  return { functions, routes, disabled };
}
