// The storage process: Azurite's blob and queue servers with the containers and queues of the topology.
import { parseArgs } from 'node:util';
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

await runChild(wished, async () => {
  const topology = await readTopology(values.topology);
  const storage = await startStorage({
    directory: values.directory,
    blobPort: wished.blob,
    queuePort: wished.queue,
  });
  await createEntities(topology.storage, storage.ports);
  return { ports: { ...storage.ports }, close: () => storage.close() };
});
