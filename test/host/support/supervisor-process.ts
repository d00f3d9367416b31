// A real `millrace` in a process group of its own, as a terminal runs it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { waitFor } from '../../support/wait-for.ts';

const root = join(import.meta.dirname, '../../..');
const fixture = join(import.meta.dirname, '../fixtures/supervised');
const anyPorts = ['--port', '--amqp-port', '--blob-port', '--queue-port', '--table-port', '--services-port'];

export interface SupervisorProcess {
  readonly pid: number;
  readonly output: () => string;
  /** The address after `Ready:`. */
  readonly ready: () => Promise<string>;
  readonly exited: Promise<number | null>;
  /** The pid of the child whose command line contains the text. */
  readonly childPid: (text: string) => number;
  /** Everything of its process group that still runs. */
  readonly group: () => readonly number[];
  readonly kill: (signal: NodeJS.Signals) => void;
  /** As Ctrl-C does: the signal goes to every process of the group. */
  readonly killGroup: (signal: NodeJS.Signals) => void;
}

export interface SupervisorProcessOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export function startSupervisorProcess({ args = [], environment = {} }: SupervisorProcessOptions): SupervisorProcess {
  const ports = anyPorts.flatMap((option) => (args.includes(option) ? [] : [option, '0']));
  const app = [
    '--app',
    fixture,
    '--topology',
    join(fixture, 'topology.json'),
    '--console',
    join(fixture, 'no-console'),
  ];
  const child = spawn(process.execPath, [join(root, 'local/bin/millrace.mjs'), ...app, ...ports, ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const { pid = 0 } = child;
  return {
    pid,
    output: () => text,
    ready: async () => {
      const ready = await waitFor(`Ready of ${args.join(' ')}`, () => /^Ready: (.*)$/m.exec(text), {
        timeoutMs: 30_000,
      }).catch((error: unknown) => {
        throw new Error(text, { cause: error });
      });
      return ready[1] ?? '';
    },
    exited: once(child, 'exit').then(([code]) => code as number | null),
    childPid: (name) => {
      const found = processes().find((process) => process.parent === pid && process.command.includes(name));
      if (!found) throw new Error(`no child ${name} of ${pid}`);
      return found.pid;
    },
    group: () => processes().flatMap((process) => (process.group === pid ? [process.pid] : [])),
    kill: (signal) => void child.kill(signal),
    killGroup: (signal) => void process.kill(-pid, signal),
  };
}

function processes() {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,args=']).toString().split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, group, state, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    // A zombie has ended; its parent has not looked yet.
    if (pid === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), command }];
  });
}
