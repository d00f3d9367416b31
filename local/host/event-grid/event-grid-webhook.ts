// `/runtime/webhooks/EventGrid?functionName=…&code=…`: each event delivered there runs its function once. When one fails the
// answer is 500, and Event Grid delivers all of the request again. `/runtime/webhooks/blobs?functionName=Host.Functions.…` is
// where Azure brings a blob function its events; both take both.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasTrigger } from '../binding-kinds.ts';
import { blobMessageOf, isToldByEventGrid } from '../blob/blob-event.ts';
import type { BlobQueue } from '../blob/blob-queue.ts';
import type { Invoke, LoadedFunction } from '../function-app.ts';
import { readBody } from '../http/http-trigger.ts';
import type { Environment } from '../settings.ts';
import { headerOf, readGridRequest, type GridEvent } from './event-grid-request.ts';

export const eventGridPaths = ['/runtime/webhooks/eventgrid', '/runtime/webhooks/blobs'];

export interface EventGridWebhook {
  /** All that run here. */
  readonly functions: readonly LoadedFunction[];
  readonly invoke: Invoke;
  readonly blobs: BlobQueue;
  readonly environment: Environment;
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
  const name = (query.get('functionName') ?? '').replace(/^Host\.Functions\./i, '');
  const fn = webhook.functions.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (!fn || !(hasTrigger(fn, 'eventGridTrigger') || isToldByEventGrid(fn)))
    return answer(response, 404, `No Event Grid function '${name}' runs here.`);
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
  const done = await Promise.allSettled(asked.events.map((event) => runFunction(fn, event, webhook)));
  const failures = done.filter(({ status }) => status === 'rejected').length;
  if (failures === 0) return answer(response, 202, '');
  answer(response, 500, `'${fn.name}' failed on ${failures} of ${done.length} events.`);
}

async function runFunction(
  fn: LoadedFunction,
  event: GridEvent,
  { invoke, blobs, environment }: EventGridWebhook,
): Promise<void> {
  if (isToldByEventGrid(fn)) {
    const message = blobMessageOf(fn, event, environment);
    if (message) await blobs.send(message);
    return;
  }
  const traceParent = event['traceparent'];
  await invoke({
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
