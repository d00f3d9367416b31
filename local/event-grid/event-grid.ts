// Event Grid over HTTP: takes events of the app's topics and those that storage raises, and delivers them to functions and webhooks.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { developmentTopicKey, type EventGridTopology, type EventTopic } from '../topology/event-grid.ts';
import { createTroubles, type Troubles } from '../troubles.ts';
import { createDispatcher, type Dispatcher, type DispatcherOptions } from './dispatcher.ts';
import { eventsView } from './events-view.ts';
import { type GridEvent, readPublished } from './grid-event.ts';

const largestPublishBytes = 1024 * 1024;
const largestRaiseBytes = 10 * 1024 * 1024;

export interface EventGrid {
  /** True when the address is Event Grid's; the answer then follows by itself. */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
  /** True when no attempt to deliver is under way. */
  isIdle(): boolean;
  /** Breaks off attempts under way, which are made again; the store stays open. */
  close(): Promise<void>;
}

export interface EventGridOptions extends Pick<DispatcherOptions, 'functionUrl' | 'putDeadLetter'> {
  /** Spaces `event-grid.…` are its own; another one on the same store goes on where this one stopped. */
  readonly store: Store;
  readonly topology: EventGridTopology;
  /** Who raises events of a service shows this. */
  readonly internalKey: string;
  readonly clock?: Clock;
  /** Default: standard error. */
  readonly log?: (message: string) => void;
  /** Default: told to the log. */
  readonly troubles?: Troubles;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export function createEventGrid(options: EventGridOptions): EventGrid {
  const { topology, internalKey, clock = systemClock, log = console.error } = options;
  const { troubles = createTroubles(log, () => clock.now()) } = options;
  const topics = [...topology.systemTopics, ...topology.topics];
  const dispatcher = createDispatcher({ ...options, clock, log, topics, troubles });

  async function route(req: IncomingMessage, path: string): Promise<Answer> {
    if (path === '/local/events') {
      if (req.method !== 'GET') return refusal(405, 'MethodNotAllowed', `${path} is read with GET.`);
      return { status: 200, body: eventsView(await dispatcher.deliveries()) };
    }
    if (req.method !== 'POST') return refusal(405, 'MethodNotAllowed', 'Events are sent with POST.');
    if (path === '/event-grid/internal/blob-events') {
      const topic = topology.systemTopics.find(({ name }) => name === 'storage');
      return takeEvents(req, dispatcher, { topic, key: internalKey, largestBytes: largestRaiseBytes, isRaised: true });
    }
    const name = /^\/event-grid\/topics\/([^/]+)\/api\/events$/.exec(path)?.[1];
    const topic = topology.topics.find((candidate) => candidate.name === name);
    const access = { topic, key: developmentTopicKey, largestBytes: largestPublishBytes, isRaised: false };
    return takeEvents(req, dispatcher, access);
  }

  return {
    handle: (req, res) => {
      const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
      if (path !== '/local/events' && !path.startsWith('/event-grid/')) return false;
      route(req, path).then(
        (answer) => send(res, answer),
        (error: unknown) => {
          log(`Event Grid: ${req.method} ${path}: ${String(error)}`);
          // The publisher tries again: nothing was noted.
          send(res, refusal(503, 'ServiceUnavailable', 'The events were not noted. Send them again.'));
        },
      );
      return true;
    },
    isIdle: () => dispatcher.isIdle(),
    close: () => dispatcher.close(),
  };
}

interface Access {
  readonly topic: EventTopic | undefined;
  readonly key: string;
  readonly largestBytes: number;
  /** By a service of ours, which may tell twice and stamps its events itself. */
  readonly isRaised: boolean;
}

async function takeEvents(req: IncomingMessage, dispatcher: Dispatcher, access: Access): Promise<Answer> {
  const { topic, key, largestBytes, isRaised } = access;
  const body = await readBody(req, largestBytes);
  if (!topic) return refusal(404, 'ResourceNotFound', 'There is no such topic in the topology.');
  if (!isSame(req.headers['aeg-sas-key'], key))
    return refusal(401, 'Unauthorized', 'The header aeg-sas-key does not hold the access key of this topic.');
  if (body === undefined) return refusal(413, 'RequestEntityTooLarge', `A request may have ${largestBytes} bytes.`);
  const json = parse(body);
  const events = isRaised ? raisedEvents(json) : readPublished(json, topic.inputSchema, topicId(topic.name));
  if (typeof events === 'string') return refusal(400, 'BadRequest', events);
  await dispatcher.accept(topic, events, isRaised);
  return { status: 200 };
}

function raisedEvents(json: unknown): GridEvent[] | string {
  if (!Array.isArray(json)) return 'Send a JSON array of events.';
  return json.map((body) => ({ schema: 'EventGridSchema', body: body as GridEvent['body'] }));
}

function topicId(name: string): string {
  return `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.EventGrid/topics/${name}`;
}

/** Undefined when it is larger than allowed; read to its end all the same, so that the answer is seen. */
async function readBody(req: IncomingMessage, largestBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= largestBytes) chunks.push(chunk);
  }
  return sizeBytes <= largestBytes ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSame(given: string | string[] | undefined, key: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return typeof given === 'string' && key !== '' && timingSafeEqual(digest(given), digest(key));
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message, details: [{ code, message }] } } };
}

function send(res: ServerResponse, { status, body }: Answer): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  res.end(text);
}
