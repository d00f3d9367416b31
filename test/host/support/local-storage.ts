// The local Azure's storage process with the queues a test names, in a folder of its own.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Azurite's account and key, published in its documentation. */
export const account = 'devstoreaccount1';
export const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

interface StoragePorts {
  readonly blob: number;
  readonly queue: number;
}

interface StorageMessage {
  readonly kind: 'ready' | 'failed';
  readonly ports: StoragePorts;
  readonly message?: string;
}

export interface LocalStorage {
  readonly connectionString: string;
  /** Ends it and starts it again on its ports, with its data, after `whileDown`. */
  readonly restart: (whileDown?: () => Promise<unknown>) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startLocalStorage(queues: readonly string[]): Promise<LocalStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'local-storage-'));
  const storage = { containers: [], queues: queues.map((name) => ({ name })), tables: [] };
  writeFileSync(join(folder, 'topology.json'), JSON.stringify({ serviceBus: { queues: [], topics: [] }, storage }));
  const first = await startProcess(folder, { blob: 0, queue: 0 });
  let { child } = first;
  const { ports } = first;
  const endpoint = (port: number) => `http://127.0.0.1:${port}/${account}`;
  return {
    connectionString:
      `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};` +
      `BlobEndpoint=${endpoint(ports.blob)};QueueEndpoint=${endpoint(ports.queue)};`,
    restart: async (whileDown) => {
      await end(child);
      await whileDown?.();
      ({ child } = await startProcess(folder, ports));
    },
    close: async () => {
      await end(child);
      rmSync(folder, { recursive: true });
    },
  };
}

async function startProcess(
  folder: string,
  { blob, queue }: StoragePorts,
): Promise<{ readonly child: ChildProcess; readonly ports: StoragePorts }> {
  const child = fork(join(import.meta.dirname, '../../../local/supervisor/storage-process.ts'), [
    '--topology',
    join(folder, 'topology.json'),
    '--directory',
    join(folder, 'data'),
    '--blob-port',
    String(blob),
    '--queue-port',
    String(queue),
  ]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the storage process ended with ${String(code)}`);
  });
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [StorageMessage];
  ended.catch(() => undefined);
  if (message.kind !== 'ready') throw new Error(message.message);
  return { child, ports: message.ports };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
