// The Durable extension's HTTP API, under /task-hub/webhooks: what durable-functions' client and the management links
// call (learn.microsoft.com, "HTTP APIs in Durable Functions").
import { randomUUID } from 'node:crypto';
import { raiseEvent, resume, suspend, terminate } from './control.ts';
import type { Decision, Engine } from './engine.ts';
import { type Answer, type HubRequest, RefusedRequest, refusal } from './exchange.ts';
import { isFinished } from './instance.ts';
import { hubQuery, managementLinks, webhooksBase } from '../durable-protocol/management-links.ts';
import type { AppFacts } from '../durable-protocol/work.ts';
import type { Store } from '../store/store.ts';
import { createEntityRoutes } from './entity-routes.ts';
import { type InstanceQueries, createInstanceQueries } from './query-instances.ts';
import { rewind } from './rewind.ts';
import { historyBody, statusBody } from './status-body.ts';

export interface ManagementOptions {
  readonly engine: Engine;
  readonly store: Store;
  readonly now: () => number;
  readonly taskHubName: string;
  /** What the host heard of last has; undefined: none has been heard of yet. */
  readonly app: () => AppFacts | undefined;
}

type Options = ManagementOptions & { readonly queries: InstanceQueries };

/** `path` is what follows …/webhooks/. Answers undefined where nothing is served. */
export function createManagementRoutes(given: ManagementOptions) {
  const options = { ...given, queries: createInstanceQueries(given.store, given.engine) };
  const onEntities = createEntityRoutes(given);
  return async (request: HubRequest, path: string): Promise<Answer | undefined> => {
    const [collection, ...rest] = pathParts(path);
    if (collection === 'entities') return onEntities(request, rest);
    if (collection === 'orchestrators' && rest.length > 0 && rest.length <= 2) return start(options, request, rest);
    if (collection === 'instances') return onInstances(options, request, rest);
    return undefined;
  };
}

function pathParts(path: string): string[] {
  try {
    return path.replace(/\/$/, '').split('/').map(decodeURIComponent);
  } catch {
    throw new RefusedRequest(400, `${path} is not percent-encoded rightly.`);
  }
}

async function onInstances(options: Options, request: HubRequest, path: string[]): Promise<Answer> {
  const [instanceId, verb, eventName] = path;
  const { method } = request;
  if (instanceId === undefined && method === 'GET') return options.queries.list(request);
  if (instanceId === undefined && method === 'DELETE') return options.queries.purge(request);
  if (instanceId === undefined) return refusal(405, 'Instances are listed by GET and purged by DELETE.');
  if (verb === undefined && method === 'GET') return status(options, request, instanceId);
  if (verb === undefined && method === 'DELETE') return purge(options, instanceId);
  if (verb === undefined || method !== 'POST') return refusal(405, `${method} is not served here.`);
  const reason = request.url.searchParams.get('reason');
  switch (verb.toLowerCase()) {
    case 'raiseevent':
      return raise(options, request, instanceId, eventName);
    case 'terminate':
      return control(options, instanceId, (instance, moment) => terminate(instance, reason, moment));
    case 'suspend':
      return control(options, instanceId, suspend);
    case 'resume':
      return control(options, instanceId, resume);
    case 'restart':
      return restart(options, request, instanceId);
    case 'rewind':
      return rewound(options, instanceId, reason ?? '');
    default:
      return refusal(404, `There is no operation '${verb}'.`);
  }
}

async function start(options: Options, request: HubRequest, path: string[]): Promise<Answer> {
  const [name = '', instanceId = newInstanceId()] = path;
  const app = options.app();
  if (app && !includes(app.orchestrators, name)) return refusal(400, unknownOrchestrator(name, app.orchestrators));
  const problem = instanceIdProblem(instanceId);
  if (problem) return refusal(400, problem);
  const version = request.url.searchParams.get('version') ?? app?.defaultVersion;
  const input = request.body === '' ? null : jsonText(request.body);
  const isStarted = await options.engine.start({
    instanceId,
    name,
    input,
    replacesRunning: app?.replacesRunning ?? false,
    ...(version !== undefined && { version }),
  });
  return isStarted ? started(options, request, instanceId) : alreadyRunning();
}

function newInstanceId(): string {
  return randomUUID().replaceAll('-', '');
}

function alreadyRunning(): Answer {
  return refusal(409, 'An Orchestration instance with the status Running already exists.');
}

function includes(names: readonly string[], name: string): boolean {
  return names.some((each) => each.toLowerCase() === name.toLowerCase());
}

function unknownOrchestrator(name: string, known: readonly string[]): string {
  const names = known.map((each) => `'${each}'`).join(', ') || 'none';
  return `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function. Additional info: the following are the known orchestrator functions: ${names}.`;
}

/** Azure's rules for instance ids. */
function instanceIdProblem(instanceId: string): string | undefined {
  if (instanceId.length > 100) return 'An instance id may have 100 characters at most.';
  if (instanceId.startsWith('@')) return "An instance id must not begin with '@': such ids belong to entities.";
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[/\\#?\u0000-\u001f\u007f-\u009f]/.test(instanceId) || !instanceId.isWellFormed())
    return 'An instance id must not contain /, \\, #, ? or control characters.';
  return undefined;
}

function jsonText(body: string): string {
  try {
    JSON.parse(body);
    return body;
  } catch {
    throw new RefusedRequest(400, 'The body is not valid JSON.');
  }
}

/** With ?timeout=<seconds> the answer waits for the end of the instance, and is then its output. */
async function started(options: Options, request: HubRequest, instanceId: string): Promise<Answer> {
  const timeout = Number(request.url.searchParams.get('timeout') ?? 0);
  if (timeout > 0) {
    await options.engine.untilFinished(instanceId, options.now() + timeout * 1_000);
    const record = await options.engine.instances.record(instanceId);
    if (record?.status === 'Completed') return { status: 200, body: JSON.parse(record.output ?? 'null') };
    if (record && isFinished(record))
      return { status: record.status === 'Failed' ? 500 : 200, body: statusBody(record, { showInput: true }) };
  }
  const links = linksTo(options, request, instanceId);
  return { status: 202, headers: { location: links.statusQueryGetUri, 'retry-after': '10' }, body: links };
}

function linksTo({ taskHubName }: Options, { headers }: HubRequest, instanceId: string) {
  return managementLinks(webhooksBase(headers, taskHubName), instanceId, hubQuery(taskHubName));
}

async function status(options: Options, request: HubRequest, instanceId: string): Promise<Answer> {
  const query = request.url.searchParams;
  const body = await describe(options, instanceId, query);
  if (!body) return noInstance(instanceId);
  if (body.runtimeStatus === 'Failed' && isTrue(query.get('returnInternalServerErrorOnFailure')))
    return { status: 500, body };
  if (body.runtimeStatus === 'Completed' || body.runtimeStatus === 'Failed' || body.runtimeStatus === 'Terminated')
    return { status: 200, body };
  const location = linksTo(options, request, instanceId).statusQueryGetUri;
  return { status: 202, headers: { location, 'retry-after': '10' }, body };
}

async function describe({ engine }: Options, instanceId: string, query: URLSearchParams) {
  const showInput = !/^false$/i.test(query.get('showInput') ?? '');
  if (!isTrue(query.get('showHistory'))) {
    const record = await engine.instances.record(instanceId);
    return record && statusBody(record, { showInput });
  }
  return engine.instances.withInstance(instanceId, async (instance) => {
    if (!instance) return undefined;
    const historyEvents = historyBody(instance.history, isTrue(query.get('showHistoryOutput')));
    return { ...statusBody(instance.record, { showInput }), historyEvents };
  });
}

function isTrue(value: string | null): boolean {
  return value?.toLowerCase() === 'true';
}

function noInstance(instanceId: string): Answer {
  return refusal(404, `No instance with ID '${instanceId}' found.`);
}

async function control({ engine }: Options, instanceId: string, decide: Decision): Promise<Answer> {
  const result = await engine.change(instanceId, decide);
  if (result === 'missing') return noInstance(instanceId);
  return { status: result === 'refused' ? 410 : 202 };
}

function raise(
  options: Options,
  request: HubRequest,
  instanceId: string,
  eventName: string | undefined,
): Promise<Answer> | Answer {
  if (!eventName) return refusal(400, "The event's name is missing: POST …/raiseEvent/<name>.");
  const input = request.body === '' ? 'null' : jsonText(request.body);
  return control(options, instanceId, (instance, moment) => raiseEvent(instance, eventName, input, moment));
}

/** Differs from Azure: an instance that has not finished is not purged (there it is, and its host runs on). */
async function purge({ engine }: Options, instanceId: string): Promise<Answer> {
  return (await engine.purge(instanceId))
    ? { status: 200, body: { instancesDeleted: 1 } }
    : refusal(404, `No instance with ID '${instanceId}' that has finished was found.`);
}

/** The same orchestrator with the same input; a new id unless ?restartWithNewInstanceId=false. */
async function restart(options: Options, request: HubRequest, instanceId: string): Promise<Answer> {
  const record = await options.engine.instances.record(instanceId);
  if (!record) return noInstance(instanceId);
  const keepsId = /^false$/i.test(request.url.searchParams.get('restartWithNewInstanceId') ?? '');
  const id = keepsId ? instanceId : newInstanceId();
  const { name, input, version } = record;
  const again = { instanceId: id, name, input, ...(version !== undefined && { version }) };
  return (await options.engine.start(again)) ? started(options, request, id) : alreadyRunning();
}

/** The client takes the texts of its refusals as they are. */
async function rewound({ engine }: Options, instanceId: string, reason: string): Promise<Answer> {
  const result = await engine.change(instanceId, (instance, moment) => rewind(instance, reason, moment));
  if (result === 'missing') return { status: 404, body: `No instance with ID '${instanceId}' found.` };
  const body = 'Only an instance that has failed, and held no locks on entities then, can be rewound.';
  return result === 'refused' ? { status: 412, body } : { status: 202 };
}
