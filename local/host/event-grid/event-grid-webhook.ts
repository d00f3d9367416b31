// `/runtime/webhooks/EventGrid?functionName=…&code=…`: each event delivered there runs its function once. When one fails the
// answer is 500, and Event Grid delivers all of the request again.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Invoke, LoadedFunction } from '../function-app.ts';
import { readBody } from '../http/http-trigger.ts';
import { headerOf, readGridRequest, type GridEvent } from './event-grid-request.ts';

export const eventGridPath = '/runtime/webhooks/eventgrid';

export interface EventGridWebhook {
  /** The Event Grid functions that run here. */
  readonly functions: readonly LoadedFunction[];
  readonly invoke: Invoke;
  /** The system key; undefined: none is asked for, as in func. */
  readonly key: string | undefined;
}

/** Event Grid sends 1 MB at most. */
const maxBodyBytes = 1_536 * 1024;

export async function answerEventGrid(
  webhook: EventGridWebhook,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const query = new URL(request.url ?? '/', 'http://host').searchParams;
  if (!isKey(query.get('code') ?? headerOf(request.headers, 'x-functions-key'), webhook.key))
    return answer(response, 401, 'The code in the address is not the system key of this host.');
  const name = query.get('functionName') ?? '';
  const fn = webhook.functions.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (!fn) return answer(response, 404, `No Event Grid function '${name}' runs here.`);
  if (request.method === 'OPTIONS') return answerOrigin(request, response);
  if (request.method !== 'POST') return answer(response, 405, 'Event Grid delivers by POST.');
  const body = await readBody(request, maxBodyBytes);
  if (!body) return answer(response, 413, 'Event Grid delivers 1 MB at most.');
  const asked = readGridRequest(request.headers, body);
  if (asked.kind === 'invalid') return answer(response, 400, asked.detail);
  if (asked.kind === 'handshake')
    return void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ validationResponse: asked.validationCode }));
  if (asked.kind === 'unsubscribe') return answer(response, 202, '');
  const done = await Promise.allSettled(asked.events.map((event) => runFunction(fn, event, webhook.invoke)));
  const failures = done.filter(({ status }) => status === 'rejected').length;
  if (failures === 0) return answer(response, 202, '');
  answer(response, 500, `'${fn.name}' failed on ${failures} of ${done.length} events.`);
}

function runFunction(fn: LoadedFunction, event: GridEvent, invoke: Invoke): Promise<unknown> {
  const traceParent = event['traceparent'];
  return invoke({
    fn,
    reason: `EventGrid trigger fired at ${new Date().toISOString()}`,
    traceParent: typeof traceParent === 'string' ? traceParent : undefined,
    data: { json: JSON.stringify(event) },
    triggerMetadata: { data: { json: JSON.stringify(event['data'] ?? null) } },
  });
}

/** CloudEvents' consent: whoever asks may deliver, as fast as it likes. */
function answerOrigin(request: IncomingMessage, response: ServerResponse): void {
  const origin = headerOf(request.headers, 'webhook-request-origin');
  if (origin === undefined) return answer(response, 400, 'The header WebHook-Request-Origin is missing.');
  response.writeHead(200, { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*', 'content-length': 0 }).end();
}

function isKey(given: string | undefined, key: string | undefined): boolean {
  if (key === undefined) return true;
  const [left, right] = [Buffer.from(given ?? ''), Buffer.from(key)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function answer(response: ServerResponse, status: number, detail: string): void {
  if (detail === '') return void response.writeHead(status, { 'content-length': 0 }).end();
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: detail }));
}
