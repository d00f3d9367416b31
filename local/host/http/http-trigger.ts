// Runs an HTTP function for a request: streamed both ways when the app asked for it, with whole bodies otherwise.
// A handler that throws is a bare 500; its words stay in the log.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Invoke } from '../function-app.ts';
import { pacedBy } from './paced-body.ts';
import type { RouteMatch } from './route-table.ts';
import { flatHeaders, toRpcRequest, writeRpcReply } from './rpc-http.ts';
import type { StreamServer } from './stream-server.ts';

const reason = 'This function was programmatically called via the host APIs.';

export interface HttpTriggerOptions {
  readonly invoke: Invoke;
  /** Undefined when the app does not stream. */
  readonly streamServer: StreamServer | undefined;
  /** A larger body that is not streamed is 413. */
  readonly maxBodyBytes: number;
}

export async function answerByFunction(
  match: RouteMatch,
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpTriggerOptions,
): Promise<void> {
  try {
    if (options.streamServer) await answerStreamed(match, request, response, options.invoke, options.streamServer);
    else await answerWhole(match, request, response, options);
  } catch {
    // The invocation has logged the error itself.
    if (response.headersSent) response.destroy();
    else fail(response);
  }
}

function fail(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) if (!name.startsWith('access-control-')) response.removeHeader(name);
  response.writeHead(500, { 'content-length': 0 }).end();
}

async function answerStreamed(
  { fn, parameters }: RouteMatch,
  request: IncomingMessage,
  response: ServerResponse,
  invoke: Invoke,
  streamServer: StreamServer,
): Promise<void> {
  const invocationId = randomUUID();
  const triggerMetadata = { Headers: { json: JSON.stringify(flatHeaders(request)) }, Query: { json: '{}' } };
  const parameterData = Object.entries(parameters).map(([name, value]) => [name, { string: value }] as const);
  streamServer.accept(request, response, invocationId);
  await invoke({
    fn,
    reason,
    invocationId,
    traceParent: headerText(request, 'traceparent'),
    data: { http: {} },
    triggerMetadata: { ...triggerMetadata, ...Object.fromEntries(parameterData) },
    onResult: (raw) => pacedBy(response, raw),
  });
  if (!response.writableEnded) writeRpcReply(undefined, response);
}

async function answerWhole(
  { fn, parameters }: RouteMatch,
  request: IncomingMessage,
  response: ServerResponse,
  { invoke, maxBodyBytes }: HttpTriggerOptions,
): Promise<void> {
  const body = await readBody(request, maxBodyBytes);
  if (!body) return void response.writeHead(413, { 'content-length': 0 }).end();
  const { returnValue } = await invoke({
    fn,
    reason,
    traceParent: headerText(request, 'traceparent'),
    data: toRpcRequest(request, body, parameters),
  });
  writeRpcReply(returnValue, response);
}

function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Undefined when it is too large. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return undefined;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
