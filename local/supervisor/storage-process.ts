// The storage process: Azurite's blob and queue servers with the containers and queues of the topology.
import { parseArgs } from 'node:util';
import type { BlobEvent } from '../storage/blob-event.ts';
import { createEntities } from '../storage/create-entities.ts';
import { startStorage } from '../storage/storage.ts';
import { readTopology } from '../topology.ts';
import { runChild } from './child-side.ts';

const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    topology: { type: 'string', default: '' },
    'blob-port': { type: 'string', default: '0' },
    'queue-port': { type: 'string', default: '0' },
  },
});

const wished = { blob: Number(values['blob-port']), queue: Number(values['queue-port']) };

await runChild(wished, async (neighbours) => {
  const topology = await readTopology(values.topology);
  const storage = await startStorage({
    directory: values.directory,
    blobPort: wished.blob,
    queuePort: wished.queue,
    sendBlobEvents: topology.eventGrid.systemTopics.some(({ name }) => name === 'storage')
      ? async (events) => sendBlobEvents((await neighbours).services, events)
      : undefined,
  });
  await createEntities(topology.storage, storage.ports);
  return { ports: { ...storage.ports }, close: () => storage.close() };
});

/** @throws when the services process has not noted them */
async function sendBlobEvents(port: number, events: readonly BlobEvent[]): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/event-grid/internal/blob-events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'aeg-sas-key': process.env['MILLRACE_EVENT_GRID_KEY'] ?? '' },
    body: JSON.stringify(events),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`it answered ${answer.status} ${text}`);
}
