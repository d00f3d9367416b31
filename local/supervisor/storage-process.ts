// The storage process: Azurite's blob and queue servers with the containers and queues of the topology.
import { parseArgs } from 'node:util';
import { readTopology } from '../topology.ts';
import { startBlobAndQueue } from './blob-and-queue.ts';
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
  const storage = await startBlobAndQueue({
    topology: await readTopology(values.topology),
    directory: values.directory,
    ports: wished,
    eventGridKey: process.env['MILLRACE_EVENT_GRID_KEY'] ?? '',
    servicesPort: async () => (await neighbours).services,
  });
  return { ports: { ...storage.ports }, close: () => storage.close() };
});
