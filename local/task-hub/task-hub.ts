// The durable task hub over HTTP: hosts fetch work from it under leases, clients manage instances. It plays the part
// of Azure's Durable Task Scheduler; all it acknowledges is in the store.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { Engine } from './engine.ts';
import { type Answer, type HubRequest, RefusedRequest, readRequest, refusal, sendAnswer } from './exchange.ts';
import { type KnownApp, createManagementRoutes } from './management-routes.ts';
import { createInstanceQueries } from './query-instances.ts';
import { createWorkerRoutes } from './worker-routes.ts';

export interface TaskHub {
  /** True when the address belongs to the task hub; the answer then follows by itself. */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
  /** Answers the hosts that wait for work and takes up no more; the store stays open. */
  close(): Promise<void>;
}

export interface TaskHubOptions {
  /** Spaces `task-hub.…` are the hub's; a hub on the same store goes on where the last one stopped. */
  readonly store: Store;
  readonly clock?: Clock;
  /** Default: standard error. */
  readonly log?: (message: string) => void;
}

export function createTaskHub({ store, clock = systemClock, log = console.error }: TaskHubOptions): TaskHub {
  const engine = new Engine({ store, clock, log });
  let known: KnownApp | undefined;
  const workerRoutes = createWorkerRoutes({
    engine,
    log,
    onHeartbeat: ({ taskHubName, orchestrators }) => {
      known = { taskHubName, orchestrators: new Map(orchestrators.map((name) => [name.toLowerCase(), name])) };
    },
  });
  const managementRoutes = createManagementRoutes({
    engine,
    queries: createInstanceQueries(store, engine),
    now: () => clock.now(),
    known: () => known,
  });
  const recovered = engine.recover();
  recovered.catch((error: unknown) => log(`The task hub cannot read its store: ${messageOf(error)}`));
  const underWay = new Set<Promise<void>>();

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const reply = await answerTo(req, res, async (request) => {
      await recovered;
      return (await workerRoutes(request)) ?? (await managementRoutes(request));
    });
    if (!res.destroyed) sendAnswer(res, reply);
  }

  return {
    handle(req, res) {
      if (!req.url?.startsWith('/task-hub/')) return false;
      const answered = answer(req, res).finally(() => underWay.delete(answered));
      underWay.add(answered);
      return true;
    },
    async close() {
      engine.close();
      await Promise.all([...underWay, recovered.catch(() => undefined)]);
    },
  };
}

async function answerTo(
  req: IncomingMessage,
  res: ServerResponse,
  route: (request: HubRequest) => Promise<Answer | undefined>,
): Promise<Answer> {
  try {
    const request = await readRequest(req, res);
    return (await route(request)) ?? refusal(404, `Nothing is served at ${request.url.pathname}.`);
  } catch (error) {
    if (error instanceof RefusedRequest) return refusal(error.status, error.message);
    return refusal(500, `The task hub failed: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
