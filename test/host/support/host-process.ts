// A real millrace-host in a child process, as the supervisor starts it.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { waitFor } from '../../support/wait-for.ts';

const root = join(import.meta.dirname, '../../..');

export interface HostProcess {
  readonly origin: string;
  readonly child: ChildProcess;
  /** Everything on standard output and error so far. */
  readonly output: () => string;
  /** True when the output has the text; waits for it. */
  readonly saw: (text: string | RegExp) => Promise<boolean>;
  /** SIGTERM; the exit code. */
  readonly stop: () => Promise<number | null>;
}

export interface HostProcessOptions {
  /** Below test/host/fixtures, or an absolute folder. */
  readonly app: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export interface StartingHost {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the HTTP port. */
  readonly ready: Promise<number>;
  readonly exited: Promise<number | null>;
}

export function forkHost({ app, environment = {}, args = [] }: HostProcessOptions): StartingHost {
  const folder = app.startsWith('/') ? app : join(root, 'test/host/fixtures', app);
  const child = fork(join(root, 'local/bin/millrace-host.mjs'), [folder, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  const { promise: ready, resolve, reject } = Promise.withResolvers<number>();
  child.on('message', (message: { kind: string; ports?: { http: number }; message?: string }) => {
    if (message.kind === 'ready' && message.ports) resolve(message.ports.http);
    else reject(new Error(message.message));
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  void exited.then((code) => reject(new Error(`the host ended with ${code}:\n${text}`)));
  ready.catch(() => undefined);
  return { child, output: () => text, ready, exited };
}

export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const { child, output, ready, exited } = forkHost(options);
  const port = await ready;
  return {
    child,
    output,
    origin: `http://127.0.0.1:${port}`,
    saw: async (text) => {
      const seen = await waitFor(`the host to print ${String(text)}`, () =>
        typeof text === 'string' ? output().includes(text) : text.test(output()),
      ).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}\n${output()}`, { cause: error });
      });
      return seen;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
