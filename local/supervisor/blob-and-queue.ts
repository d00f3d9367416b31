// Blob and queue storage with the containers and queues of the topology; its blob events go to the services.
import type { BlobEvent } from '../storage/blob-event.ts';
import { createEntities } from '../storage/create-entities.ts';
import { startStorage, type Storage } from '../storage/storage.ts';
import type { Topology } from '../topology.ts';

export interface BlobAndQueueOptions {
  readonly topology: Topology;
  /** Undefined keeps everything in memory. */
  readonly directory: string | undefined;
  /** 0 takes any free one. */
  readonly ports: { readonly blob: number; readonly queue: number };
  readonly eventGridKey: string;
  /** Known when the services listen. */
  readonly servicesPort: () => Promise<number>;
}

/** @throws with code EADDRINUSE and the port when one is taken */
export async function startBlobAndQueue(options: BlobAndQueueOptions): Promise<Storage> {
  const { topology, directory, ports, eventGridKey, servicesPort } = options;
  const storage = await startStorage({
    directory,
    blobPort: ports.blob,
    queuePort: ports.queue,
    sendBlobEvents: topology.eventGrid.systemTopics.some(({ name }) => name === 'storage')
      ? async (events) => sendBlobEvents(await servicesPort(), eventGridKey, events)
      : undefined,
  });
  await createEntities(topology.storage, storage.ports);
  return storage;
}

/** @throws when the services have not noted them */
async function sendBlobEvents(port: number, key: string, events: readonly BlobEvent[]): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/event-grid/internal/blob-events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'aeg-sas-key': key },
    body: JSON.stringify(events),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`it answered ${answer.status} ${text}`);
}
