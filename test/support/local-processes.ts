// The storage and services processes as the supervisor starts them, each by itself, to be killed by a test.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import type { ChildMessage } from '../../local/supervisor/child-side.ts';
import { storageConnectionString } from '../../local/supervisor/settings.ts';

export interface LocalProcess {
  readonly child: ChildProcess;
  readonly ports: Readonly<Record<string, number>>;
}

export interface LocalProcesses {
  /** On any port, or on those it had; `functionPort` is where Event Grid finds functions. */
  start(
    name: 'storage' | 'services',
    options?: { readonly ports?: Readonly<Record<string, number>>; readonly functionPort?: string },
  ): Promise<LocalProcess>;
  kill(process: LocalProcess): Promise<void>;
  /** Kills all and removes their data. */
  close(): Promise<void>;
}

export async function localProcesses(topology: object): Promise<LocalProcesses> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-'));
  const topologyFile = join(directory, 'topology.json');
  await writeFile(topologyFile, JSON.stringify(topology));
  const started: LocalProcess[] = [];
  return {
    start: async (name, { ports = {}, functionPort = '0' } = {}) => {
      const portArgs = Object.entries(ports).flatMap(([port, value]) => [`--${port}-port`, String(value)]);
      const args = ['--directory', join(directory, name), '--topology', topologyFile, ...portArgs];
      if (name === 'services') args.push('--function-port', functionPort);
      const environment = { ...process.env, MILLRACE_EVENT_GRID_KEY: 'key' };
      const child = fork(`local/supervisor/${name}-process.ts`, args, {
        env: environment,
        stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
      });
      const [message] = (await once(child, 'message')) as [ChildMessage];
      if (message.kind !== 'ready') throw new Error(message.message);
      const running = { child, ports: message.ports };
      started.push(running);
      return running;
    },
    kill,
    close: async () => {
      await Promise.all(started.map(kill));
      await rm(directory, { recursive: true });
    },
  };
}

async function kill({ child }: LocalProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Tells a process where others listen, as the supervisor does. */
export function tellPorts({ child }: LocalProcess, ports: Readonly<Record<string, number>>): void {
  child.send({ kind: 'neighbours', ports });
}

export function blobServiceOf({ ports: { blob = 0, queue = 0 } }: LocalProcess): BlobServiceClient {
  const connection = storageConnectionString({ blob, queue, table: 0 });
  return BlobServiceClient.fromConnectionString(connection, { retryOptions: { maxTries: 1 } });
}
