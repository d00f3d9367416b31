// The side of the hub that hosts talk to: heartbeats, work and results.
import {
  type AppFacts,
  type FetchRequest,
  type Heartbeat,
  type HistoryRequest,
  type ResultAnswer,
  type ResultsRequest,
  type WorkResult,
  type WorkerVerb,
  heartbeatMs,
} from '../durable-protocol/work.ts';
import type { Engine } from './engine.ts';
import { type Answer, type HubRequest, RefusedRequest, refusal } from './exchange.ts';

export interface WorkerRoutesOptions {
  readonly engine: Engine;
  /** Hears what a host's app has. */
  readonly onHeartbeat: (facts: AppFacts) => void;
  readonly log: (message: string) => void;
}

type Route = (body: unknown, gone: AbortSignal) => Promise<Answer>;

/** Answers undefined for a verb that is no worker's. */
export function createWorkerRoutes(options: WorkerRoutesOptions) {
  const routes: Readonly<Record<string, Route>> = routesOf(options);
  return async ({ method, body, gone }: HubRequest, verb: string): Promise<Answer | undefined> => {
    const route = routes[verb];
    if (!route) return undefined;
    if (method !== 'POST') throw new RefusedRequest(405, `'${verb}' takes POST.`);
    return route(parse(body), gone);
  };
}

function routesOf(options: WorkerRoutesOptions): Record<WorkerVerb, Route> {
  const { engine, onHeartbeat } = options;
  const { dispatcher } = engine;
  return {
    heartbeat: async (body) => {
      const heartbeat = body as Heartbeat;
      onHeartbeat(heartbeat);
      dispatcher.renew(heartbeat);
      return { status: 200, body: { heartbeatMs } };
    },
    fetch: async (body, gone) => {
      const request = body as FetchRequest;
      gone.addEventListener('abort', () => dispatcher.connectionBroke(request.workerId));
      return { status: 200, body: await dispatcher.fetch(request, gone) };
    },
    history: async (body) => {
      const past = await engine.pastOf(body as HistoryRequest);
      return past ? { status: 200, body: past } : refusal(409, 'The lease has run out.');
    },
    results: async (body) => {
      const { results } = body as ResultsRequest;
      return { status: 200, body: await Promise.all(results.map((result) => accept(options, result))) };
    },
    goodbye: async (body) => {
      dispatcher.goodbye((body as { workerId: string }).workerId);
      return { status: 204 };
    },
  };
}

async function accept({ engine, log }: WorkerRoutesOptions, result: WorkResult): Promise<ResultAnswer> {
  try {
    return (await end(engine, result)) ? 'done' : 'late';
  } catch (error) {
    const whose = result.of === 'entity' ? `entity '${result.entityId}'` : `instance '${result.instanceId}'`;
    log(`A result for ${whose} could not be taken: ${(error as Error).message}`);
    return 'failed';
  }
}

function end(engine: Engine, result: WorkResult): Promise<boolean> {
  switch (result.of) {
    case 'activity':
      return engine.endActivity(result);
    case 'entity':
      return engine.endBatch(result);
    case 'orchestration':
      return engine.endEpisode(result);
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new RefusedRequest(400, 'The body is not JSON.');
  }
}
