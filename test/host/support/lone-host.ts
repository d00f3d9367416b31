// A `millrace-host <folder>` as somebody runs it by hand: it keeps the host alive that it starts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { waitFor } from '../../support/wait-for.ts';

const root = join(import.meta.dirname, '../../..');

export interface LoneHost {
  /** Where the host listens, once it does. */
  readonly origin: () => Promise<string>;
  readonly output: () => string;
  /** Resolves when the output has it so many times. */
  readonly saw: (text: string | RegExp, times?: number) => Promise<void>;
  readonly exited: Promise<number | null>;
  readonly stop: () => Promise<number | null>;
}

export function startLoneHost(
  folder: string,
  { args = [], environment = {} }: { args?: readonly string[]; environment?: Readonly<Record<string, string>> } = {},
): LoneHost {
  const child = spawn(process.execPath, [join(root, 'local/bin/millrace-host.mjs'), folder, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const inOutput = <T>(label: string, probe: () => T) =>
    waitFor(label, probe).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n${text}`, { cause: error });
    });
  return {
    origin: async () => (await inOutput('the host to listen', () => /listens on (\S+)\.$/m.exec(text)?.[1])) ?? '',
    output: () => text,
    saw: async (wanted, times = 1) => {
      const pieces = () => text.split(wanted).length - 1;
      await inOutput(`the host to print ${String(wanted)} ${times} times`, () => pieces() >= times);
    },
    exited,
    stop: async () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
