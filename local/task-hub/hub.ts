// One task hub: its engine on its own part of the store, what it knows of its hosts' app, and its two sides.
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { AppFacts } from '../durable-protocol/work.ts';
import type { Store } from '../store/store.ts';
import { Engine } from './engine.ts';
import type { Answer, HubRequest } from './exchange.ts';
import { createManagementRoutes } from './management-routes.ts';
import { storeOfHub } from './rows.ts';
import { type WorkerSession, openWorkerSession } from './worker-session.ts';

export interface Hub {
  readonly engine: Engine;
  /** `path` is below the clients' side. Undefined: nothing is served there. */
  answer(request: HubRequest, path: string): Promise<Answer | undefined>;
  /** A host's connection. */
  takeWorker(socket: Duplex): void;
  close(): Promise<void>;
}

export interface HubOptions {
  readonly name: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly leaseClock: Clock;
  readonly log: (message: string) => void;
}

/** Resolves when what the store says is not done yet has been offered again. */
export async function openHub({ name, store: whole, clock, leaseClock, log }: HubOptions): Promise<Hub> {
  const store = storeOfHub(whole, name.toLowerCase());
  const engine = new Engine({ store, clock, leaseClock, log });
  let app: AppFacts | undefined;
  const sessions = new Set<WorkerSession>();
  let isClosed = false;
  const managementRoutes = createManagementRoutes({
    engine,
    store,
    now: () => clock.now(),
    taskHubName: name,
    app: () => app,
  });
  await engine.recover();
  return {
    engine,
    answer: (request, path) => managementRoutes(request, path),
    takeWorker(socket) {
      if (isClosed) return void socket.destroy();
      const session = openWorkerSession(socket, { engine, log, onHeartbeat: (facts) => (app = facts) });
      sessions.add(session);
      socket.once('close', () => sessions.delete(session));
    },
    async close() {
      isClosed = true;
      await engine.close();
      await Promise.all([...sessions].map((session) => session.close()));
    },
  };
}
