// The host's admin API, as tools use it: status, functions and their state, keys, and running a function by hand
// (https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http).
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LoadedFunction } from '../function-app.ts';
import type { RunByHand } from '../run-by-hand.ts';
import type { AccessKeys } from './access-keys.ts';
import { readBody } from './http-trigger.ts';
import type { Route } from './route-table.ts';

export interface AdminOptions {
  readonly functions: readonly LoadedFunction[];
  readonly routes: readonly Route[];
  readonly disabled: readonly LoadedFunction[];
  readonly runByHand: RunByHand;
  /** Where callers reach this host. */
  readonly origin: string;
  /** Undefined: none are demanded. */
  readonly keys: AccessKeys | undefined;
}

const maxInputBytes = 1024 * 1024;
const startedAt = Date.now();

export const pingPath = '/admin/host/ping';

export async function answerAdmin(
  options: AdminOptions,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, area = '', section = '', part = '', ...more] = path.split('/').slice(1);
  if (more.length > 0) return void response.writeHead(404).end();
  if (area.toLowerCase() === 'host' && part === '')
    return answerHost(section.toLowerCase(), options, request, response);
  if (area.toLowerCase() !== 'functions') return void response.writeHead(404).end();
  if (section === '' && request.method === 'GET') {
    const all = options.functions.map((fn) => describe(fn, options));
    return answerJson(response, 200, all);
  }
  const name = decodeURIComponent(section).toLowerCase();
  const fn = options.functions.find((each) => each.name.toLowerCase() === name);
  if (!fn) return void response.writeHead(404).end();
  if (part !== '') return answerPart(fn, part.toLowerCase(), options, request, response);
  if (request.method === 'GET') return answerJson(response, 200, describe(fn, options));
  if (request.method === 'POST') return answerRunByHand(options, fn, request, response);
  response.writeHead(405).end();
}

function answerHost(
  section: string,
  { keys }: AdminOptions,
  { method }: IncomingMessage,
  response: ServerResponse,
): void {
  if (section === 'ping') return void response.writeHead(200).end();
  if (method !== 'GET') return void response.writeHead(section === 'status' || section === 'keys' ? 405 : 404).end();
  if (section === 'status') return answerJson(response, 200, status());
  if (section === 'keys') return answerJson(response, 200, keyList(keys?.functionKeys));
  response.writeHead(404).end();
}

function answerPart(
  fn: LoadedFunction,
  part: string,
  { disabled, keys }: AdminOptions,
  { method }: IncomingMessage,
  response: ServerResponse,
): void {
  if (part !== 'status' && part !== 'keys') return void response.writeHead(404).end();
  if (method !== 'GET') return void response.writeHead(405).end();
  if (part === 'status') return answerJson(response, 200, { isDisabled: disabled.includes(fn), errors: [] });
  answerJson(response, 200, keyList(keys?.functions[fn.name]));
}

function keyList(keys: Readonly<Record<string, string>> = {}): object {
  return { keys: Object.entries(keys).map(([name, value]) => ({ name, value })) };
}

async function answerRunByHand(
  { runByHand }: AdminOptions,
  fn: LoadedFunction,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const type = fn.trigger.type.toLowerCase();
  if (['httptrigger', 'orchestrationtrigger', 'entitytrigger'].includes(type))
    return answerJson(response, 400, { error: `'${fn.name}' has a ${fn.trigger.type} and cannot be run by hand.` });
  const input = await readInput(request);
  if (input === undefined)
    return answerJson(response, 400, { error: 'Send { "input": "<text>" } of at most 1 MiB as application/json.' });
  response.writeHead(202).end();
  await runByHand(fn, input);
}

async function readInput(request: IncomingMessage): Promise<string | undefined> {
  const body = await readBody(request, maxInputBytes);
  try {
    const { input = '' } = JSON.parse(body?.toString() || '{}') as { input?: unknown };
    return typeof input === 'string' ? input : JSON.stringify(input);
  } catch {
    return undefined;
  }
}

function status(): object {
  return { id: 'millrace', state: 'Running', version: '4.0.0', processUptime: Date.now() - startedAt, errors: [] };
}

function describe(fn: LoadedFunction, { disabled, routes, origin }: AdminOptions): object {
  const bindings = Object.entries(fn.bindings).map(([key, binding]) => ({ ...binding, name: key }));
  const route = routes.find((each) => each.fn === fn);
  return {
    name: fn.name,
    href: `${origin}/admin/functions/${fn.name}`,
    invoke_url_template: route ? `${origin}/${route.template.text}` : null,
    language: 'node',
    isDisabled: disabled.includes(fn),
    config: { name: fn.name, bindings },
  };
}

function answerJson(response: ServerResponse, statusCode: number, value: unknown): void {
  response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
