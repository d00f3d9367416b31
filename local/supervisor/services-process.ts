// The services process: broker over AMQP, tables, task hub, Event Grid and stand-ins, all on one store.
import { parseArgs } from 'node:util';
import { putJsonBlob } from '../storage/put-blob.ts';
import { openStore } from '../store/store.ts';
import { readTopology } from '../topology.ts';
import { runChild } from './child-side.ts';
import { functionWebhook, startServices } from './services.ts';

const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    topology: { type: 'string', default: '' },
    'amqp-port': { type: 'string', default: '0' },
    'table-port': { type: 'string', default: '0' },
    'services-port': { type: 'string', default: '0' },
    'function-port': { type: 'string', default: '0' },
  },
});
const wished = {
  amqp: Number(values['amqp-port']),
  table: Number(values['table-port']),
  services: Number(values['services-port']),
};

const eventGridKey = process.env['MILLRACE_EVENT_GRID_KEY'] ?? '';

await runChild(wished, async (neighbours) => {
  const topology = await readTopology(values.topology);
  const store = await openStore(values.directory === undefined ? { ephemeral: true } : { directory: values.directory });
  return startServices({
    store,
    topology,
    ports: wished,
    eventGridKey,
    functionUrl: functionWebhook(Number(values['function-port']), eventGridKey),
    putDeadLetter: async (container, blob) => putJsonBlob((await neighbours).blob, { container, ...blob }),
  });
});
