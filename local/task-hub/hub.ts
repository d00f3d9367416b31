// One task hub: its engine on its own part of the store, what it knows of its hosts' app, and its two sides.
import type { Clock } from '../clock.ts';
import type { AppFacts } from '../durable-protocol/work.ts';
import type { Store } from '../store/store.ts';
import { Engine } from './engine.ts';
import type { Answer, HubRequest } from './exchange.ts';
import { createManagementRoutes } from './management-routes.ts';
import { storeOfHub } from './rows.ts';
import { createWorkerRoutes } from './worker-routes.ts';

export interface Hub {
  readonly engine: Engine;
  /** `side` is worker or webhooks. Undefined: nothing is served there. */
  answer(request: HubRequest, side: string, rest: string): Promise<Answer | undefined>;
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
  const workerRoutes = createWorkerRoutes({ engine, log, onHeartbeat: (facts) => (app = facts) });
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
    async answer(request, side, rest) {
      if (side === 'worker') return workerRoutes(request, rest);
      return side === 'webhooks' ? managementRoutes(request, rest) : undefined;
    },
    close: () => engine.close(),
  };
}
