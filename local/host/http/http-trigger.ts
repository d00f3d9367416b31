// Runs an HTTP function for a request: streamed both ways when the app asked for it, with whole bodies otherwise.
// A handler that throws is a bare 500; its words stay in the log.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Invoke } from '../function-app.ts';
import { pacedBy } from './paced-body.ts';
import { requestUrl } from './request-url.ts';
import type { RouteMatch } from './route-table.ts';
import type { Throttle } from './throttle.ts';
import { flatHeaders, toRpcRequest, writeRpcReply } from './rpc-http.ts';
import type { StreamServer } from './stream-server.ts';

const reason = 'This function was programmatically called via the host APIs.';

export interface HttpTriggerOptions {
  readonly invoke: Invoke;
  /** Undefined when the app does not stream. */
  readonly streamServer: StreamServer | undefined;
  /** A larger body that is not streamed is 413. */
  readonly maxBodyBytes: number;
  readonly throttle: Throttle;
  /** Sent with every answer, unless the function gives such a header itself. */
  readonly customHeaders: Readonly<Record<string, string>>;
}

export async function answerByFunction(
  match: RouteMatch,
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpTriggerOptions,
): Promise<void> {
  setHeaders(response, options);
  const leave = await options.throttle.enter();
  if (!leave) return void response.writeHead(429, { 'content-length': 0 }).end();
  try {
    if (options.streamServer) await answerStreamed(match, request, response, options.invoke, options.streamServer);
    else await answerWhole(match, request, response, options);
  } catch {
    // The invocation has logged the error itself.
    if (response.headersSent) response.destroy();
    else fail(response, options);
  } finally {
    leave();
  }
}

function setHeaders(response: ServerResponse, { customHeaders }: HttpTriggerOptions): void {
  for (const [name, value] of Object.entries(customHeaders)) response.setHeader(name, value);
}

function fail(response: ServerResponse, options: HttpTriggerOptions): void {
  for (const name of response.getHeaderNames()) if (!name.startsWith('access-control-')) response.removeHeader(name);
  setHeaders(response, options);
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
    data: { http: { url: requestUrl(request) } },
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

/** Undefined when it is too large. @throws Error when the caller leaves before its end */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (Number(length ?? 0) > maxBytes) return undefined;
  if (length === undefined && encoding === undefined) return Buffer.alloc(0);
  if (request.destroyed) throw new Error('The caller has left.');
  // Not `for await`: setting up its iterator costs more than reading a small body.
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) resolve(undefined);
    else chunks.push(chunk);
  });
  request.once('end', () => resolve(Buffer.concat(chunks)));
  request.once('close', () => reject(new Error('The caller has left.')));
  return promise;
}
