// The servers a benchmark measures, each a process of its own on a free port of 127.0.0.1, and what that process has used.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Server {
  readonly port: number;
  /** How long it took until it was ready. */
  readonly startMs: number;
  /** CPU used by now; NaN where the system does not tell. */
  cpuMs(): number;
  /** NaN where the system does not tell. */
  residentMb(): number;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const topology = {
  serviceBus: { queues: [{ name: 'work', properties: { lockDuration: 'PT5M', maxDeliveryCount: 10 } }] },
  eventHubs: { hubs: [{ name: 'stream', properties: { partitionCount: 1 } }] },
};

/** Ours, as a user starts it alone. `folder` takes its configuration and, when it is durable, its data. */
export function startBroker(folder: string, { isDurable }: { readonly isDurable: boolean }): Promise<Server> {
  const config = join(folder, 'topology.json');
  writeFileSync(config, JSON.stringify(topology));
  const store = isDurable ? ['--data', join(folder, 'data')] : ['--ephemeral'];
  return start(process.execPath, ['local/bin/millrace-broker.mjs', '--config', config, '--port', '0', ...store]);
}

/** The same exchange with no broker behind it. */
export function startFloor(): Promise<Server> {
  return start(process.execPath, ['bench/broker/floor-process.ts']);
}

async function start(command: string, args: readonly string[]): Promise<Server> {
  const begun = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const port = await portOf(child);
  if (port === undefined) throw new Error(`${args[0]} did not get ready`);
  return { port, startMs: performance.now() - begun, ...usageOf(() => child.pid), stop: ending(child, exited) };
}

async function portOf({ stdout }: { readonly stdout: Readable }): Promise<number | undefined> {
  for await (const line of createInterface(stdout)) {
    const port = /^Ready: amqp:.*:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  return undefined;
}

function ending(child: ChildProcess, exited: Promise<unknown>): Server['stop'] {
  return async (signal = 'SIGTERM') => {
    child.kill(signal);
    await exited;
  };
}

const ticksPerSecond = 100;

/** What Linux knows of a process and those it started. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function usageOf(root: () => number | undefined): Pick<Server, 'cpuMs' | 'residentMb'> {
  const pids = (pid: number | undefined): (number | undefined)[] => [
    pid,
    ...read(`/proc/${pid}/task/${pid}/children`)
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => pids(Number(child))),
  ];
  const sum = (valueOf: (pid: number | undefined) => number): number =>
    pids(root()).reduce<number>((total, pid) => total + valueOf(pid), 0);
  return { cpuMs: () => sum(cpuMsOf), residentMb: () => Math.round(sum(residentKbOf) / 1024) };
}

function cpuMsOf(pid: number | undefined): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

const residentKbOf = (pid: number | undefined): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]);

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
