// The side of the hub that hosts talk to: heartbeats, work and results.
import type { Engine } from './engine.ts';
import { type Answer, type HubRequest, RefusedRequest, refusal } from './exchange.ts';
import {
  type FetchRequest,
  type Heartbeat,
  type HistoryRequest,
  type ResultAnswer,
  type ResultsRequest,
  heartbeatMs,
  workerPaths,
} from '../durable-protocol/work.ts';

export interface WorkerRoutesOptions {
  readonly engine: Engine;
  /** Hears what a host knows. */
  readonly onHeartbeat: (heartbeat: Heartbeat) => void;
  readonly log: (message: string) => void;
}

type Route = (body: unknown, gone: AbortSignal) => Promise<Answer>;

/** Answers undefined for an address that is not a worker's. */
export function createWorkerRoutes(options: WorkerRoutesOptions) {
  const routes = routesOf(options);
  return async ({ method, url, body, gone }: HubRequest): Promise<Answer | undefined> => {
    const route = routes[url.pathname];
    if (!route) return undefined;
    if (method !== 'POST') throw new RefusedRequest(405, `${url.pathname} takes POST.`);
    return route(parse(body), gone);
  };
}

function routesOf(options: WorkerRoutesOptions): Record<string, Route> {
  const { engine, onHeartbeat } = options;
  const { dispatcher } = engine;
  return {
    [workerPaths.heartbeat]: async (body) => {
      const heartbeat = body as Heartbeat;
      onHeartbeat(heartbeat);
      dispatcher.renew(heartbeat);
      return { status: 200, body: { heartbeatMs } };
    },
    [workerPaths.fetch]: async (body, gone) => {
      const request = body as FetchRequest;
      gone.addEventListener('abort', () => dispatcher.connectionBroke(request.workerId));
      return { status: 200, body: await dispatcher.fetch(request, gone) };
    },
    [workerPaths.history]: async (body) => {
      const past = await engine.pastOf(body as HistoryRequest);
      return past ? { status: 200, body: past } : refusal(409, 'The lease has run out.');
    },
    [workerPaths.results]: async (body) => {
      const { results } = body as ResultsRequest;
      return { status: 200, body: await Promise.all(results.map((result) => accept(options, result))) };
    },
    [workerPaths.goodbye]: async (body) => {
      dispatcher.goodbye((body as { workerId: string }).workerId);
      return { status: 204 };
    },
  };
}

async function accept(
  { engine, log }: WorkerRoutesOptions,
  result: ResultsRequest['results'][number],
): Promise<ResultAnswer> {
  try {
    const counts = await (result.of === 'activity' ? engine.endActivity(result) : engine.endEpisode(result));
    return counts ? 'done' : 'late';
  } catch (error) {
    log(`A result for instance '${result.instanceId}' could not be taken: ${(error as Error).message}`);
    return 'failed';
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new RefusedRequest(400, 'The body is not JSON.');
  }
}
