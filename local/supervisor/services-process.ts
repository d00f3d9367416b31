// The services process: broker over AMQP, tables, task hub, Event Grid and stand-ins, all on one store.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { startAmqpServer } from '../amqp/server.ts';
import { createEventGrid } from '../event-grid/event-grid.ts';
import { createStandIns } from '../stand-ins/stand-ins.ts';
import { putJsonBlob } from '../storage/put-blob.ts';
import { openStore } from '../store/store.ts';
import { startTablesServer } from '../tables/server.ts';
import { createTaskHub } from '../task-hub/task-hub.ts';
import { readTopology } from '../topology.ts';
import { type RunningChild, runChild } from './child-side.ts';

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

await runChild(wished, async (neighbours): Promise<RunningChild> => {
  const topology = await readTopology(values.topology);
  const store = await openStore(values.directory === undefined ? { ephemeral: true } : { directory: values.directory });
  const amqp = await startAmqpServer({ store, topology, port: wished.amqp });
  const tables = await startTablesServer({ store, port: wished.table, tables: topology.storage.tables });
  const taskHub = createTaskHub({ store });
  const standIns = createStandIns({ store });
  const eventGrid = createEventGrid({
    store,
    topology: topology.eventGrid,
    internalKey: eventGridKey,
    functionUrl: (name) =>
      `http://127.0.0.1:${values['function-port']}/runtime/webhooks/EventGrid?functionName=${encodeURIComponent(name)}&code=${eventGridKey}`,
    putDeadLetter: async (container, blob) => putJsonBlob((await neighbours).blob, { container, ...blob }),
  });
  const server = createServer((req, res) => {
    if (taskHub.handle(req, res) || eventGrid.handle(req, res) || standIns.handle(req, res)) return;
    res.writeHead(404, { 'content-type': 'application/problem+json' });
    res.end(JSON.stringify({ title: 'Not found', status: 404, detail: `Nothing is served at ${req.url}.` }));
  });
  server.listen(wished.services, '127.0.0.1');
  await once(server, 'listening');
  return {
    ports: { amqp: amqp.port, table: tables.port, services: (server.address() as AddressInfo).port },
    close: async () => {
      server.close();
      standIns.close();
      await Promise.all([eventGrid.close(), taskHub.close()]);
      await Promise.all([amqp.close(), tables.close()]);
      server.closeAllConnections();
      await store.close();
    },
  };
});
