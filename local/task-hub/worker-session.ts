// One host at the hub: what it asks over its channel, from its first word until the connection ends.
import type { Duplex } from 'node:stream';
import { type Call, openChannel } from '../durable-protocol/channel.ts';
import {
  type AppFacts,
  type FetchRequest,
  type Heartbeat,
  type HistoryRequest,
  type ResultAnswer,
  type WorkResult,
  type WorkerVerb,
  heartbeatMs,
} from '../durable-protocol/work.ts';
import type { Engine } from './engine.ts';

export interface WorkerSessionOptions {
  readonly engine: Engine;
  /** Hears what the host's app has. */
  readonly onHeartbeat: (facts: AppFacts) => void;
  readonly log: (message: string) => void;
}

export interface WorkerSession {
  /** Answers what has been asked, and ends. The engine must have been closed: it waits with whoever waits for work. */
  close(): Promise<void>;
}

type Verbs = Readonly<Record<WorkerVerb, (body: unknown) => Promise<unknown>>>;

export function openWorkerSession(socket: Duplex, options: WorkerSessionOptions): WorkerSession {
  const { dispatcher } = options.engine;
  const fetching = new AbortController();
  const underWay = new Set<Promise<void>>();
  let workerId: string | undefined;
  const verbs = verbsOf(options, fetching, (id) => (workerId = id));
  let isClosing = false;
  const channel = openChannel(socket, (call) => {
    // It is asked again, of the hub that comes after.
    if (isClosing) return;
    const answered = answer(call as Call).finally(() => underWay.delete(answered));
    underWay.add(answered);
  });
  socket.once('close', () => {
    fetching.abort();
    if (workerId !== undefined) dispatcher.connectionBroke(workerId);
  });

  async function answer({ number, verb, body }: Call): Promise<void> {
    try {
      channel.send({ number, body: await verbs[verb](body) });
    } catch (error) {
      channel.send({ number, refusal: error instanceof Error ? error.message : String(error) });
    }
  }

  return {
    async close() {
      isClosing = true;
      await Promise.all(underWay);
      channel.close();
    },
  };
}

function verbsOf(options: WorkerSessionOptions, fetching: AbortController, isFrom: (workerId: string) => void): Verbs {
  const { engine, onHeartbeat } = options;
  const { dispatcher } = engine;
  return {
    heartbeat: async (body) => {
      const heartbeat = body as Heartbeat;
      isFrom(heartbeat.workerId);
      onHeartbeat(heartbeat);
      dispatcher.renew(heartbeat);
      return { heartbeatMs };
    },
    fetch: (body) => {
      const request = body as FetchRequest;
      isFrom(request.workerId);
      return dispatcher.fetch(request, fetching.signal);
    },
    history: async (body) => {
      const past = await engine.pastOf(body as HistoryRequest);
      if (!past) throw new Error('The lease has run out.');
      return past;
    },
    result: (body) => accept(options, body as WorkResult),
    rest: async () => fetching.abort(),
    goodbye: async (body) => dispatcher.goodbye((body as { workerId: string }).workerId),
  };
}

async function accept({ engine, log }: WorkerSessionOptions, result: WorkResult): Promise<ResultAnswer> {
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
