// A command of cli/ as a person runs it, in a process of its own and without a terminal.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

export function startCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, stdout: () => said.stdout, stderr: () => said.stderr, ended };
}

export async function runCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { ended, stdout, stderr } = startCommand(args, env);
  return { code: await ended, stdout: stdout(), stderr: stderr() };
}
