// Creates the blob containers and storage queues that a topology names, over the storage protocol with the development account's key.
import { createHmac } from 'node:crypto';

/** The account and key that every storage emulator has. */
export const developmentAccount = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
};

export interface StorageEntities {
  readonly containers: readonly string[];
  readonly queues: readonly string[];
}

/** Leaves alone what exists. @throws when storage refuses a name, saying which. */
export async function createEntities(
  entities: StorageEntities,
  ports: { readonly blob: number; readonly queue: number },
): Promise<void> {
  await Promise.all([
    ...entities.containers.map((name) => create('container', ports.blob, name, 'restype:container')),
    ...entities.queues.map((name) => create('queue', ports.queue, name)),
  ]);
}

async function create(kind: string, port: number, name: string, parameter?: string): Promise<void> {
  const resource = `/${developmentAccount.name}/${name}`;
  const date = new Date().toUTCString();
  const version = '2025-11-05';
  // https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key: verb, eleven headers that are not sent, then these.
  const canonicalHeaders = [`x-ms-date:${date}`, `x-ms-version:${version}`];
  const canonicalResource = [`/${developmentAccount.name}${resource}`, ...(parameter ? [parameter] : [])];
  const toSign = ['PUT', ...Array<string>(11).fill(''), ...canonicalHeaders, ...canonicalResource].join('\n');
  const signature = createHmac('sha256', Buffer.from(developmentAccount.key, 'base64')).update(toSign).digest('base64');
  const query = parameter ? `?${parameter.replace(':', '=')}` : '';
  const answer = await fetch(`http://127.0.0.1:${port}${resource}${query}`, {
    method: 'PUT',
    headers: {
      'x-ms-date': date,
      'x-ms-version': version,
      authorization: `SharedKey ${developmentAccount.name}:${signature}`,
    },
  });
  const text = await answer.text();
  if (answer.ok || answer.status === 409) return;
  const reason = answer.headers.get('x-ms-error-code') ?? `${answer.status} ${text}`;
  throw new Error(`Cannot create the storage ${kind} "${name}" of the topology: ${reason}`);
}
