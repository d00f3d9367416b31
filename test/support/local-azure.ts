// The whole local Azure as a user starts it, on free ports and data of its own, with the app in dist/.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from './wait-for.ts';

export interface LocalAzure {
  /** http://127.0.0.1:<port>, where the app answers. */
  readonly url: string;
  readonly pid: number;
  /** All it printed so far. */
  output(): string;
  /** Process ids of its children whose command line matches. */
  children(commandLine: RegExp): number[];
  /** SIGINT, as Ctrl-C; answers the exit code once it has ended. */
  stop(): Promise<number | null>;
}

const anyPort = ['--port', '--amqp-port', '--blob-port', '--queue-port', '--table-port', '--services-port'].flatMap(
  (name) => [name, '0'],
);

/** A folder for its data that is removed with `removeData`. */
export const makeDataFolder = (): string => mkdtempSync(join(tmpdir(), 'millrace-'));

export const removeData = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Starts it and waits for the line `Ready: …`. */
export async function startLocalAzure(
  data: string,
  options: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<LocalAzure> {
  const args = [
    'local/bin/millrace.mjs',
    '--app',
    '.',
    '--topology',
    'infra/topology.json',
    '--console',
    'web/dist',
    '--data',
    data,
  ];
  const child = spawn(process.execPath, [...args, ...anyPort, ...options], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await waitFor(
    `Ready of millrace on ${data}`,
    () => {
      if (child.exitCode !== null) throw new Error(`millrace ended with ${child.exitCode}:\n${printed}`);
      return /^Ready: (http:\S+)$/m.exec(printed)?.[1];
    },
    { timeoutMs: 60_000 },
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`millrace did not get ready:\n${printed}`, { cause: error });
  });
  const pid = pidOf(child);
  return {
    url,
    pid,
    output: () => printed,
    children: (commandLine) => childrenOf(pid, commandLine),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      return await ended;
    },
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process did not start');
  return pid;
}

/** Process ids of a process's children whose command line matches. */
export function childrenOf(parent: number, commandLine: RegExp): number[] {
  const rows = execFileSync('ps', ['-Ao', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  return rows.flatMap((row) => {
    const [, pid, ppid, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return Number(ppid) === parent && commandLine.test(args ?? '') ? [Number(pid)] : [];
  });
}
