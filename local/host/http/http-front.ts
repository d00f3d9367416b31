// The host's HTTP server on 127.0.0.1: browser rules, the webhooks of Durable and Event Grid, the admin API, then the app's
// routes.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drainRest } from '../../http/drain-rest.ts';
import { answerEventGrid, eventGridPaths, type EventGridWebhook } from '../event-grid/event-grid-webhook.ts';
import { isKey, keyOf, mayCall } from './access-keys.ts';
import { answerAdmin, pingPath, type AdminOptions } from './admin.ts';
import { applyCors, type CorsRules } from './cors.ts';
import { answerByFunction, type HttpTriggerOptions } from './http-trigger.ts';
import type { RouteMatch } from './route-table.ts';
import { FunctionResponse } from './stream-server.ts';
import { serveLoopbackOnly } from '../../http/loopback-hosts.ts';
import { type TaskHubAddress, durablePrefix, proxyToTaskHub } from './task-hub-proxy.ts';

/** Kestrel's limits, which the real host runs with. */
const maxHeaderBytes = 32 * 1024;
const maxRequestLineBytes = 8 * 1024;

export interface HttpFront {
  readonly port: number;
  /** Until then every request is 503. */
  serve(app: ServedApp): void;
  /** Takes no new request and resolves when those running have ended, or cuts them off after `patienceMs`. */
  close(patienceMs: number): Promise<void>;
}

interface ServedApp {
  readonly findRoute: (method: string, path: string) => RouteMatch | undefined;
  readonly trigger: HttpTriggerOptions;
  readonly admin: AdminOptions;
  readonly cors: CorsRules;
  readonly taskHub: TaskHubAddress;
  readonly eventGrid: EventGridWebhook;
}

/** @throws Error that names the port when it is taken */
export async function openHttpFront(port: number): Promise<HttpFront> {
  let app: ServedApp | undefined;
  const server = createServer({
    ServerResponse: FunctionResponse,
    maxHeaderSize: maxHeaderBytes,
    // An upload may take hours.
    requestTimeout: 0,
    // Longer than any front's, so that a front never meets a connection that is just being closed.
    keepAliveTimeout: 120_000,
  });
  let closing = false;
  server.on('request', (request, response) => {
    // Otherwise a connection kept alive would hold close() up.
    response.once('close', () => {
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    drainRest(request, response);
    if (app) void answer(app, request, response);
    else response.writeHead(503, { 'retry-after': '1' }).end('The Functions host is starting.');
  });
  serveLoopbackOnly(server);
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    serve: (loaded) => {
      app = loaded;
    },
    close: (patienceMs) => {
      closing = true;
      return close(server, patienceMs);
    },
  };
}

async function answer(app: ServedApp, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/';
  const path = url.split('?', 1)[0] ?? '/';
  try {
    if (url.length > maxRequestLineBytes) return void response.writeHead(414).end();
    if (applyCors(app.cors, request, response)) return;
    if (isBelow(path, durablePrefix)) return await proxyToTaskHub(app.taskHub, request, response);
    if (eventGridPaths.some((prefix) => isBelow(path, prefix)))
      return await answerEventGrid(app.eventGrid, request, response);
    const { keys } = app.admin;
    if (isBelow(path, '/admin')) {
      if (keys && path.toLowerCase() !== pingPath && !isKey(keyOf(request), keys.masterKey)) return refuse(response);
      return await answerAdmin(app.admin, path, request, response);
    }
    const match = app.findRoute(request.method ?? 'GET', path);
    if (!match) return void response.writeHead(404, { 'content-length': 0 }).end();
    if (keys && !mayCall(match.fn, keyOf(request), keys)) return refuse(response);
    await answerByFunction(match, request, response, app.trigger);
  } catch (error) {
    // A path that cannot be decoded, or a caller that left.
    if (response.headersSent) response.destroy();
    else response.writeHead(error instanceof URIError ? 400 : 500, { 'content-length': 0 }).end();
  }
}

function refuse(response: ServerResponse): void {
  response.writeHead(401, { 'content-length': 0 }).end();
}

function isBelow(path: string, prefix: string): boolean {
  const lower = path.toLowerCase();
  return lower === prefix || lower.startsWith(`${prefix}/`);
}

async function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, '127.0.0.1', resolve);
  try {
    await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `Port ${port} for the Functions host is taken. End what listens there, or choose another: --port.`,
      {
        cause: error,
      },
    );
  }
  server.off('error', reject);
}

async function close(server: Server, patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
  await promise;
  clearTimeout(timer);
}
