// The local Azure's storage process with the queues a test names, in memory.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Azurite's account and key, published in its documentation. */
const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

interface StorageMessage {
  readonly kind: 'ready' | 'failed';
  readonly ports: { readonly queue: number };
  readonly message?: string;
}

export interface LocalStorage {
  readonly connectionString: string;
  readonly close: () => Promise<void>;
}

export async function startLocalStorage(queues: readonly string[]): Promise<LocalStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'local-storage-'));
  const topology = join(folder, 'topology.json');
  const storage = { containers: [], queues: queues.map((name) => ({ name })), tables: [] };
  writeFileSync(topology, JSON.stringify({ serviceBus: { queues: [], topics: [] }, storage }));
  const child = fork(join(import.meta.dirname, '../../../local/supervisor/storage-process.ts'), [
    '--topology',
    topology,
  ]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the storage process ended with ${String(code)}`);
  });
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [StorageMessage];
  ended.catch(() => undefined);
  if (message.kind !== 'ready') throw new Error(message.message);
  const endpoint = `http://127.0.0.1:${message.ports.queue}/${account}`;
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};QueueEndpoint=${endpoint};`,
    close: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
