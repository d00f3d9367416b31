// The part of the host's admin API that tools use: status, the list of functions, and running one by hand.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Invoke, LoadedFunction, TypedData } from '../function-app.ts';
import { readBody } from './http-trigger.ts';

export interface AdminOptions {
  readonly functions: readonly LoadedFunction[];
  readonly disabled: readonly LoadedFunction[];
  readonly invoke: Invoke;
  /** What a call by hand gives the function for the text the caller sent. */
  readonly inputByHand: (fn: LoadedFunction, input: string) => TypedData;
}

const maxInputBytes = 1024 * 1024;
const startedAt = Date.now();

export async function answerAdmin(
  options: AdminOptions,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, area = '', section = '', name] = path.slice(1).split('/');
  const place = `${area}/${section}`.toLowerCase();
  if (place === 'host/status' && request.method === 'GET') return answerJson(response, 200, status());
  if (place === 'host/ping') return void response.writeHead(200).end();
  if (area.toLowerCase() !== 'functions' || name !== undefined) return void response.writeHead(404).end();
  if (section === '' && request.method === 'GET')
    return answerJson(
      response,
      200,
      options.functions.map((fn) => describe(fn, options)),
    );
  const fn = options.functions.find((each) => each.name.toLowerCase() === decodeURIComponent(section).toLowerCase());
  if (!fn) return void response.writeHead(404).end();
  if (request.method === 'GET') return answerJson(response, 200, describe(fn, options));
  if (request.method === 'POST') return runByHand(options, fn, request, response);
  response.writeHead(405).end();
}

async function runByHand(
  { invoke, inputByHand }: AdminOptions,
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
  const reason = 'This function was programmatically called via the host APIs.';
  // The invocation logs its own failure.
  await invoke({ fn, reason, data: inputByHand(fn, input) }).catch(() => undefined);
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

function describe(fn: LoadedFunction, { disabled }: AdminOptions): object {
  const bindings = Object.entries(fn.bindings).map(([key, binding]) => ({ ...binding, name: key }));
  return { name: fn.name, language: 'node', isDisabled: disabled.includes(fn), config: { name: fn.name, bindings } };
}

function answerJson(response: ServerResponse, statusCode: number, value: unknown): void {
  response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
