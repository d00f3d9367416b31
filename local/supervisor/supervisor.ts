// The order of the local Azure's processes: storage and services side by side, then the hosts; ended the other way round.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHostJson } from '../host/host-json.ts';
import { hostMemoryMb } from '../host/host-memory.ts';
import { type Child, type ChildPorts, keepAlive } from './child.ts';
import { type DataLock, lockData } from './data-lock.ts';
import { type Front, startFront } from './front.ts';
import { type Options, type Ports, portUses } from './options.ts';
import { readValues, withRealPorts } from './settings.ts';

export interface Supervisor {
  /** The ports it listens on, when every process is ready. @throws Error saying what did not start */
  start(): Promise<Ports>;
  /** Ends every process, hosts first. Resolves when all are gone, within 10 s. */
  stop(): Promise<void>;
}

// Together below the 10 s in which everything has ended.
const hostGraceMs = 5_000;
const servicesGraceMs = 2_500;
const storageGraceMs = 2_000;

type Run = { front?: Front; lock?: DataLock; storage?: Child; services?: Child; hosts: Child[] };

/** Shared by Event Grid, storage and the hosts, who take it for their system key. */
const eventGridKey = process.env['MILLRACE_EVENT_GRID_KEY'] ?? randomBytes(32).toString('base64url');
const commonEnvironment = { MILLRACE_EVENT_GRID_KEY: eventGridKey };

export function createSupervisor(options: Options, log: (line: string) => void): Supervisor {
  const run: Run = { hosts: [] };
  return { start: () => start(options, log, run), stop: () => stop(run) };
}

async function start(asked: Options, log: (line: string) => void, run: Run): Promise<Ports> {
  const options = { ...asked, topology: asked.topology ?? topologyOf(asked.app, log) };
  if (!options.ephemeral) run.lock = lockData(options.data);
  // Beside `func start`, which listens on 7071 itself, there is no front.
  if (options.hosts > 0) {
    const { routePrefix } = readHostJson(options.app, { ...readValues(options.app), ...process.env }).http;
    run.front = await startFront({ port: options.ports.front, console: options.console, routePrefix });
  }
  run.storage = startStorage(options, log);
  run.services = startServices(options, log, run.front);
  const [storagePorts, servicesPorts] = await Promise.all([run.storage.started, run.services.started]);
  const ports = { front: run.front?.port ?? 0, ...storagePorts, ...servicesPorts } as unknown as Ports;
  for (const child of [run.storage, run.services]) child.tell({ kind: 'neighbours', ports });
  if (run.front) run.hosts = startHosts(options, ports, run.front, log);
  await Promise.all(run.hosts.map((host) => host.started));
  return ports;
}

/** The app's own topology, or none. */
function topologyOf(app: string, log: (line: string) => void): string {
  const file = path.join(app, 'infra/topology.json');
  if (existsSync(file)) return file;
  log(`There is no ${file}: no queue, topic or hub is created. Name another file with --topology.`);
  return '';
}

async function stop(run: Run): Promise<void> {
  run.front?.hosts.close();
  await Promise.all(run.hosts.map((host) => host.stop()));
  await run.front?.close();
  await run.services?.stop();
  await run.storage?.stop();
  run.lock?.release();
}

type Known = Options & { readonly topology: string };

function startStorage({ data, ephemeral, topology, ports }: Known, log: (line: string) => void): Child {
  return keepAlive({
    name: 'storage',
    module: moduleAt('./storage-process.ts'),
    args: (first: ChildPorts = { ...ports }) => [
      ...directoryArgs(data, ephemeral, 'azurite'),
      ...portArgs(['blob', 'queue'], first),
      '--topology',
      topology,
    ],
    environment: commonEnvironment,
    graceMs: storageGraceMs,
    log,
  });
}

function startServices(
  { data, ephemeral, topology, ports }: Known,
  log: (line: string) => void,
  front: Front | undefined,
): Child {
  return keepAlive({
    name: 'services',
    module: moduleAt('./services-process.ts'),
    args: (first: ChildPorts = { ...ports }) => [
      ...directoryArgs(data, ephemeral, 'services'),
      ...portArgs(['amqp', 'table', 'services'], first),
      '--topology',
      topology,
      // Without a front `func start` is expected on its port.
      '--function-port',
      String(front?.port ?? ports.front),
    ],
    environment: commonEnvironment,
    graceMs: servicesGraceMs,
    onReady: (ready) => front?.services.add(portIn(ready, 'services')),
    log,
  });
}

function startHosts(options: Options, ports: Ports, { hosts }: Front, log: (line: string) => void): Child[] {
  const values = { WEBSITE_HOSTNAME: `127.0.0.1:${ports.front}`, ...withRealPorts(readValues(options.app), ports) };
  // As with func, what the environment says wins over the file.
  const environment = { ...values, ...process.env, ...commonEnvironment };
  const taskHubUrl = `http://127.0.0.1:${ports.services}`;
  return Array.from({ length: options.hosts }, (_, index) => {
    let port: number | undefined;
    return keepAlive({
      name: options.hosts === 1 ? 'host' : `host ${index + 1}`,
      module: moduleAt('../bin/millrace-host.mjs'),
      args: () => [options.app, '--port', '0', '--task-hub', taskHubUrl, ...hostOptions(options, index)],
      environment,
      heapMb: hostMemoryMb(environment),
      graceMs: hostGraceMs,
      onReady: (ready) => hosts.add((port = portIn(ready, 'http'))),
      onDown: () => {
        if (port !== undefined) hosts.remove(port);
      },
      log,
    });
  });
}

function hostOptions({ watch, inspectPort, auth, data }: Options, index: number): string[] {
  return [
    ...(watch ? ['--watch'] : []),
    ...(inspectPort === undefined ? [] : ['--inspect', String(inspectPort === 0 ? 0 : inspectPort + index)]),
    ...(auth ? ['--auth', '--keys', keysFile(data)] : []),
  ];
}

/** Where the function keys are kept. */
export function keysFile(data: string): string {
  return path.resolve(data, 'keys.json');
}

function directoryArgs(data: string, ephemeral: boolean, name: string): string[] {
  return ephemeral ? [] : ['--directory', path.resolve(data, name)];
}

function portArgs(names: readonly (keyof Ports)[], ports: ChildPorts): string[] {
  return names.flatMap((name) => [portUses[name].option, String(ports[name])]);
}

function portIn(ports: ChildPorts, name: string): number {
  const port = ports[name];
  if (port === undefined) throw new Error(`A process said it is ready without naming its port "${name}".`);
  return port;
}

function moduleAt(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
