// The services of the local Azure on one store: broker over AMQP, tables, task hub, Event Grid and stand-ins.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AmqpServer, startAmqpServer } from '../amqp/server.ts';
import { type Clock, systemClock } from '../clock.ts';
import { createEventGrid, type EventGrid, type EventGridOptions } from '../event-grid/event-grid.ts';
import { serveLoopbackOnly } from '../http/loopback-hosts.ts';
import { createTroubles, type Trouble } from '../troubles.ts';
import { createStandIns } from '../stand-ins/stand-ins.ts';
import type { Store } from '../store/store.ts';
import { startTablesServer } from '../tables/server.ts';
import { createTaskHub, type TaskHub } from '../task-hub/task-hub.ts';
import type { Topology } from '../topology.ts';

export interface ServicesOptions extends Pick<EventGridOptions, 'functionUrl' | 'putDeadLetter'> {
  /** Closed with the services. */
  readonly store: Store;
  readonly topology: Topology;
  /** 0 takes any free one. */
  readonly ports: { readonly amqp: number; readonly table: number; readonly services: number };
  /** Shared with storage and the hosts. */
  readonly eventGridKey: string;
  /** Due times, locks and schedules go by it. Default: the machine's. */
  readonly clock?: Clock;
}

export interface Services {
  readonly ports: { readonly amqp: number; readonly table: number; readonly services: number };
  readonly taskHub: TaskHub;
  readonly amqp: AmqpServer;
  readonly eventGrid: EventGrid;
  close(): Promise<void>;
}

/** Where the host on this port takes the events of a function. */
export function functionWebhook(port: number, key: string): (functionName: string) => string {
  return (name) =>
    `http://127.0.0.1:${port}/runtime/webhooks/EventGrid?functionName=${encodeURIComponent(name)}&code=${key}`;
}

/** What keeps failing in the local Azure itself; the app's own health is its own. */
function sendHealth(res: ServerResponse, troubles: readonly Trouble[]): void {
  res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  res.end(JSON.stringify({ status: troubles.length === 0 ? 'ok' : 'failing', troubles }));
}

/** @throws Error naming a port that is taken; StoreError when the state cannot be read */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { store, topology, ports, eventGridKey, clock = systemClock } = options;
  const amqp = await startAmqpServer({ store, topology, port: ports.amqp, clock, waitClock: systemClock });
  const tables = await startTablesServer({ store, port: ports.table, tables: topology.storage.tables, clock });
  const taskHub = createTaskHub({ store, clock, leaseClock: systemClock });
  const troubles = createTroubles(console.error, () => clock.now());
  const standIns = createStandIns({ store, clock, troubles });
  const { functionUrl, putDeadLetter } = options;
  const gridOptions = { store, topology: topology.eventGrid, internalKey: eventGridKey, clock, troubles };
  const eventGrid = createEventGrid({ ...gridOptions, functionUrl, putDeadLetter });
  const server = createServer((req, res) => {
    if (taskHub.handle(req, res) || eventGrid.handle(req, res) || standIns.handle(req, res)) return;
    if (req.url === '/local/health') return sendHealth(res, troubles.list());
    res.writeHead(404, { 'content-type': 'application/problem+json' });
    res.end(JSON.stringify({ title: 'Not found', status: 404, detail: `Nothing is served at ${req.url}.` }));
  });
  server.on('upgrade', (req, socket, head) => taskHub.handleUpgrade(req, socket, head));
  serveLoopbackOnly(server);
  server.listen(ports.services, '127.0.0.1');
  await once(server, 'listening');
  return {
    ports: { amqp: amqp.port, table: tables.port, services: (server.address() as AddressInfo).port },
    taskHub,
    amqp,
    eventGrid,
    close: async () => {
      server.close();
      standIns.close();
      await Promise.all([eventGrid.close(), taskHub.close()]);
      await Promise.all([amqp.close(), tables.close()]);
      server.closeAllConnections();
      await store.close();
    },
  };
}
