import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../local/clock.ts';
import { createStandIns } from '../../local/stand-ins/stand-ins.ts';
import { openStore, type Store } from '../../local/store/store.ts';

export interface StandInsServer {
  readonly port: number;
  readonly origin: string;
  setFault(target: string, mode: string, count?: number): Promise<Response>;
  close(): Promise<void>;
}

/** The stand-ins on a port of their own; on a store in memory unless one is given. */
export async function startStandInsServer(options: { store?: Store; clock?: Clock } = {}): Promise<StandInsServer> {
  const store = options.store ?? (await openStore({ ephemeral: true }));
  const standIns = createStandIns({ store, ...(options.clock && { clock: options.clock }) });
  const server = createServer((req, res) => {
    if (!standIns.handle(req, res)) res.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    port,
    origin,
    setFault: (target, mode, count) =>
      fetch(`${origin}/local/faults`, { method: 'POST', body: JSON.stringify({ target, mode, count }) }),
    close: async () => {
      standIns.close();
      server.close();
      server.closeAllConnections();
      if (!options.store) await store.close();
    },
  };
}
