// The Functions host: reads settings and host.json, loads the app, opens HTTP and every trigger, and ends them in order.
import { hasTrigger, unsupported } from './binding-kinds.ts';
import { createRegistry, provideCoreModule, type CoreRegistry } from './core-module.ts';
import { durableClientInput } from './durable/durable-client-input.ts';
import { startDurable } from './durable/start-durable.ts';
import type { LoadedFunction, Log } from './function-app.ts';
import { functionTable } from './function-table.ts';
import { readHostJson, type HostJson } from './host-json.ts';
import { openHttpFront, type HttpFront } from './http/http-front.ts';
import { createRouteTable, routeOf, type Route } from './http/route-table.ts';
import { durablePrefix } from './http/task-hub-proxy.ts';
import { inputByHand } from './input-by-hand.ts';
import { createInvoke } from './invoke.ts';
import { startListeners } from './listeners.ts';
import { loadApp, type LoadedApp } from './load-app.ts';
import { createLog, minimumLevelOf } from './log.ts';
import { createSendOutput } from './outputs.ts';
import { takesRetryPolicy } from './retry-policy.ts';
import { createServiceBusClients } from './service-bus/service-bus-clients.ts';
import { isDisabled, readLocalSettings, resolveSettings, type LocalSettings } from './settings.ts';
import { watchProcess } from './watch-process.ts';

export interface HostOptions {
  /** The app's folder, absolute: the one with host.json and package.json. */
  readonly folder: string;
  /** Default: the app's Host.LocalHttpPort, else 7071; 0 is any free port. */
  readonly port: number | undefined;
  readonly taskHubUrl: string;
  /** One JSON object a line instead of func's text. */
  readonly json: boolean;
}

export interface RunningHost {
  readonly port: number;
  readonly log: Log;
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
  const { folder } = options;
  const settings = readLocalSettings(folder);
  for (const [name, value] of Object.entries(settings.values)) process.env[name] ??= value;
  const hostJson = readHostJson(folder, process.env);
  const log = createLog({
    json: options.json,
    minimumLevel: (functionName) => minimumLevelOf(hostJson.logLevel, functionName),
    write: (line) => process.stdout.write(line),
    now: () => new Date(),
  });
  watchProcess(log);
  const front = await openHttpFront(options.port ?? settings.httpPort);
  // durable-functions rewrites every address to localhost:7071 where it is missing.
  process.env['WEBSITE_HOSTNAME'] ??= `127.0.0.1:${front.port}`;
  process.env['AZURE_FUNCTIONS_ENVIRONMENT'] ??= 'Development';
  process.env['FUNCTIONS_WORKER_RUNTIME'] ??= 'node';
  process.chdir(folder);
  const registry = createRegistry();
  provideCoreModule(registry, log);
  const app = await loadApp(folder, registry);
  return runApp({ app, registry, settings, hostJson, front, log, taskHubUrl: options.taskHubUrl });
}

interface HostParts {
  readonly app: LoadedApp;
  readonly registry: CoreRegistry;
  readonly settings: LocalSettings;
  readonly hostJson: HostJson;
  readonly front: HttpFront;
  readonly log: Log;
  readonly taskHubUrl: string;
}

function runApp(parts: HostParts): RunningHost {
  const { app, registry, settings, hostJson, front, log, taskHubUrl } = parts;
  const { functions, routes, disabled } = selectFunctions(app, hostJson, log);
  const serviceBus = createServiceBusClients(process.env);
  const taskHubName = resolveSettings(hostJson.taskHubName, process.env);
  // The supervisor names its own address there: callers come by its front.
  const origin = `http://${process.env['WEBSITE_HOSTNAME']}`;
  // The app's own calls go through this host: it waits while the hub starts anew.
  const rpcBaseUrl = `http://127.0.0.1:${front.port}${durablePrefix}/`;
  const clientInput = durableClientInput({ taskHubName, origin, rpcBaseUrl });
  const invoke = createInvoke({
    registry,
    model: app.model,
    log,
    hostInput: () => ({ string: clientInput }),
    sendOutput: createSendOutput({ environment: process.env, queues: hostJson.queues, serviceBus }),
    timeoutMs: hostJson.functionTimeoutMs,
  });
  front.serve({
    findRoute: createRouteTable(routes),
    trigger: { invoke, streamServer: app.streamServer, maxBodyBytes },
    admin: { functions: app.functions, disabled, invoke, inputByHand },
    cors: settings,
    taskHubUrl,
    eventGrid: {
      functions: functions.filter((fn) => hasTrigger(fn, 'eventGridTrigger')),
      invoke,
      key: process.env['MILLRACE_EVENT_GRID_KEY'],
    },
  });
  log('information', functionTable(functions, routes, disabled, origin));
  const { durableTask } = hostJson;
  const stopping = new AbortController();
  const context = { invoke, log, environment: process.env, hostJson, serviceBus, stopping: stopping.signal };
  const listening = startListeners(functions, context);
  const orchestrating = startDurable({ functions, invoke, taskHubUrl, taskHubName, log, durableTask });
  return {
    port: front.port,
    log,
    ready: Promise.all([listening, orchestrating]).then(() => undefined),
    stop: async () => {
      stopping.abort();
      // Not there yet when the hub has not answered so far.
      const durable = await Promise.race([orchestrating, Promise.resolve(undefined)]);
      const listeners = await listening;
      await Promise.all([listeners.stop(stopPatienceMs), durable?.stop(), front.close(stopPatienceMs)]);
      await serviceBus.close();
      for (const callback of registry.hooks.appTerminate)
        await callback({ hookData: {}, appHookData: registry.appHookData });
    },
  };
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
    const problem = unsupported(fn);
    if (fn.retryOptions && !takesRetryPolicy(fn.trigger.type))
      log('warning', `The retry policy of function '${fn.name}' is not applied by the local host.`);
    if (isDisabled(fn.name, process.env)) disabled.push(fn);
    else if (problem) log('error', problem, { functionName: fn.name });
    else if (!hasTrigger(fn, 'httpTrigger')) functions.push(fn);
    else {
      try {
        routes.push(routeOf(fn, hostJson.routePrefix));
        functions.push(fn);
      } catch (error) {
        log('error', `Function '${fn.name}' is left out: ${(error as Error).message}`, { functionName: fn.name });
      }
    }
  }
  return { functions, routes, disabled };
}
