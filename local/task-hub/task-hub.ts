// The durable task hubs over HTTP: hosts fetch work from them under leases, clients manage instances and entities. They
// play the part of Azure's Durable Task Scheduler; all they acknowledge is in the store.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { type Answer, type HubRequest, RefusedRequest, readRequest, refusal, sendAnswer } from './exchange.ts';
import type { Engine } from './engine.ts';
import { type Hub, openHub } from './hub.ts';
import { eachRow, put } from './rows.ts';

export interface TaskHub {
  /** True when the address belongs to a task hub; the answer then follows by itself. */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
  /** True when no work is done by a host, and none waits for one. */
  isIdle(): boolean;
  /** A hub's engine, for who is in the same process. */
  engineOf(hubName: string): Promise<Engine>;
  /** Answers the hosts that wait for work and takes up no more; the store stays open. */
  close(): Promise<void>;
}

export interface TaskHubOptions {
  /** Spaces `task-hub.…` are the hubs'; a hub on the same store goes on where the last one stopped. */
  readonly store: Store;
  readonly clock?: Clock;
  /** Leases, and the waiting of hosts for work, go by it. Default: `clock`. */
  readonly leaseClock?: Clock;
  /** Default: standard error. */
  readonly log?: (message: string) => void;
}

/** The names of the hubs there are. */
const namesSpace = 'task-hubs';

export function createTaskHub(options: TaskHubOptions): TaskHub {
  const { store, clock = systemClock, leaseClock = clock, log = console.error } = options;
  const hubs = new Map<string, Promise<Hub>>();
  const engines = new Set<Engine>();
  const named = new Set<string>();
  const underWay = new Set<Promise<void>>();

  /** A hub is there from the first time it is asked for; names are told apart as Azure does, whatever their case. */
  async function hubNamed(name: string): Promise<Hub> {
    const key = name.toLowerCase();
    const known = hubs.get(key);
    if (known) return known;
    const opening = openHub({ name, store, clock, leaseClock, log });
    hubs.set(key, opening);
    opening.then(({ engine }) => engines.add(engine)).catch(() => hubs.delete(key));
    return opening;
  }

  /** Before anything is in it: a hub that nobody knows of would not be gone on with. */
  async function noteName(name: string): Promise<void> {
    if (named.has(name)) return;
    await store.commit([put(namesSpace, name, null)]);
    named.add(name);
  }

  async function recover(): Promise<void> {
    for await (const { key } of eachRow(store, namesSpace)) {
      named.add(key);
      await hubNamed(key);
    }
  }
  const recovered = recover();
  recovered.catch((error: unknown) => log(`The task hub cannot read its store: ${messageOf(error)}`));

  async function route(request: HubRequest): Promise<Answer> {
    await recovered;
    const { name, side, rest } = addressOf(request.url);
    const hub = await hubNamed(name);
    if (request.method !== 'GET') await noteName(name.toLowerCase());
    return (await hub.answer(request, side, rest)) ?? refusal(404, `Nothing is served at ${request.url.pathname}.`);
  }

  return {
    handle(req, res) {
      if (!req.url?.startsWith('/task-hub/')) return false;
      const answered = answerTo(req, res, route).finally(() => underWay.delete(answered));
      underWay.add(answered);
      return true;
    },
    isIdle: () => [...engines].every(({ dispatcher }) => dispatcher.isIdle()),
    async engineOf(hubName) {
      await recovered;
      return (await hubNamed(hubName)).engine;
    },
    async close() {
      const opened = await Promise.allSettled(hubs.values());
      const closing = opened.map((hub) => hub.status === 'fulfilled' && hub.value.close());
      await Promise.all([...closing, ...underWay, recovered.catch(() => undefined)]);
    },
  };
}

async function answerTo(
  req: IncomingMessage,
  res: ServerResponse,
  route: (request: HubRequest) => Promise<Answer>,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await route(await readRequest(req, res));
  } catch (error) {
    answer =
      error instanceof RefusedRequest
        ? refusal(error.status, error.message)
        : refusal(500, `The task hub failed: ${messageOf(error)}`);
  }
  if (!res.destroyed) sendAnswer(res, answer);
}

/** /task-hub/<name>/<side>/<rest>; a management link says the hub's name in its query, and so does a client's option. */
function addressOf({ pathname, searchParams }: URL): { name: string; side: string; rest: string } {
  const [, , inPath = '', side = '', ...rest] = pathname.split('/');
  const name = (side === 'webhooks' && searchParams.get('taskHub')) || decodeURIComponent(inPath);
  if (!/^[a-z][a-z0-9]{2,44}$/i.test(name))
    throw new RefusedRequest(400, `'${name}' is no name of a task hub: 3 to 45 letters and digits, a letter first.`);
  return { name, side, rest: rest.join('/') };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
