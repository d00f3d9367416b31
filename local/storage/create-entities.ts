// Creates the blob containers and storage queues that a topology names.
import { refusalOf, signedRequest } from './signed-request.ts';

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
    ...entities.containers.map((name) => create('container', ports.blob, name, { restype: 'container' })),
    ...entities.queues.map((name) => create('queue', ports.queue, name, {})),
  ]);
}

async function create(kind: string, port: number, name: string, query: Readonly<Record<string, string>>) {
  const answer = await signedRequest({ method: 'PUT', port, path: `/${name}`, query });
  const reason = await refusalOf(answer);
  if (answer.ok || answer.status === 409) return;
  throw new Error(`Cannot create the storage ${kind} "${name}" of the topology: ${reason}`);
}
