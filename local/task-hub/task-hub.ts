// The durable task hubs: hosts fetch work from them under leases, clients manage instances and entities over HTTP. They
// play the part of Azure's Durable Task Scheduler; all they acknowledge is in the store.
import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { channelProtocol } from '../durable-protocol/channel.ts';
import { type Answer, type HubRequest, RefusedRequest, readRequest, refusal, sendAnswer, urlOf } from './exchange.ts';
import type { Engine } from './engine.ts';
import { type Hub, openHub } from './hub.ts';
import { eachRow, put } from './rows.ts';

export interface TaskHub {
  /** True when the address belongs to a task hub; the answer then follows by itself. */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
  /** For the server's 'upgrade': takes the connection of a host, and ends any other. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
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
    const answer = side === 'webhooks' ? await hub.answer(request, rest) : undefined;
    return answer ?? refusal(404, `Nothing is served at ${request.url.pathname}.`);
  }

  async function hubOfWorker(req: IncomingMessage): Promise<Hub> {
    await recovered;
    const { name, side } = addressOf(urlOf(req));
    if (side !== 'worker' || req.headers.upgrade !== channelProtocol)
      throw new RefusedRequest(404, `No connection can be upgraded at ${req.url}.`);
    const hub = await hubNamed(name);
    await noteName(name.toLowerCase());
    return hub;
  }

  async function takeWorker(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until the session listens; it closes next.
    socket.on('error', () => {});
    try {
      const hub = await hubOfWorker(req);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${channelProtocol}\r\n\r\n`);
      if (head.length > 0) socket.unshift(head);
      hub.takeWorker(socket);
    } catch (error) {
      const { status, body } = refusalOf(error);
      const text = JSON.stringify(body);
      const length = Buffer.byteLength(text);
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${text}`,
      );
    }
  }

  function track(answered: Promise<void>): void {
    const done = answered.finally(() => underWay.delete(done));
    underWay.add(done);
  }

  return {
    handle(req, res) {
      if (!req.url?.startsWith('/task-hub/')) return false;
      track(answerTo(req, res, route));
      return true;
    },
    handleUpgrade: (req, socket, head) => track(takeWorker(req, socket, head)),
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
    answer = await route(await readRequest(req));
  } catch (error) {
    answer = refusalOf(error);
  }
  if (!res.destroyed) sendAnswer(res, answer);
}

function refusalOf(error: unknown): Answer {
  return error instanceof RefusedRequest
    ? refusal(error.status, error.message)
    : refusal(500, `The task hub failed: ${messageOf(error)}`);
}

/** /task-hub/<name>/<side>/<rest>; a management link says the hub's name in its query, and so does a client's option. */
function addressOf({ pathname, searchParams }: URL): { name: string; side: string; rest: string } {
  const [, , inPath = '', side = '', ...rest] = pathname.split('/');
  const name = (side === 'webhooks' && searchParams.get('taskHub')) || decodeURIComponent(inPath);
  if (!/^[a-z0-9-]{3,64}$/i.test(name))
    throw new RefusedRequest(400, `'${name}' is no name of a task hub: 3 to 64 letters, digits and hyphens.`);
  return { name, side, rest: rest.join('/') };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
