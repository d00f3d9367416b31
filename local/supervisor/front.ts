// The front on 7071: /api, /runtime and /admin go to a living host, /local to the services, everything else is the console.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drainRest } from '../http/drain-rest.ts';
import { serveLoopbackOnly } from '../http/loopback-hosts.ts';
import { serveConsole } from './console-files.ts';
import { forward } from './forward.ts';
import { createHostPool, type HostPool } from './host-pool.ts';

/** How long a request waits for a process that is being started again. */
const waitForProcessMs = 5_000;

/** Longer than clients keep an idle connection, so that none is closed under a request. */
const keepAliveMs = 120_000;

export interface Front {
  readonly port: number;
  readonly hosts: HostPool;
  readonly services: HostPool;
  close(): Promise<void>;
}

/** @throws with code EADDRINUSE when the port is taken. */
export async function startFront(options: {
  readonly port: number;
  readonly console: string;
  /** host.json's; an app without one owns every path that is not the local Azure's own. */
  readonly routePrefix: string;
}): Promise<Front> {
  const hosts = createHostPool();
  const services = createHostPool();
  const server = createServer((req, res) => {
    drainRest(req, res);
    const target = targetOf(req.url ?? '/', options.routePrefix);
    const answered =
      target === 'console'
        ? serveConsole(options.console, req, res)
        : forwardPatiently(target === 'hosts' ? hosts : services, req, res);
    answered.catch(() => res.destroy());
  });
  serveLoopbackOnly(server);
  // Uploads may take long, and streams of events stay open: the host's own time-outs decide.
  server.requestTimeout = 0;
  server.keepAliveTimeout = keepAliveMs;
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hosts,
    services,
    close: async () => {
      hosts.close();
      services.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Whose a path is, by its first segment. */
export function targetOf(url: string, routePrefix: string): 'hosts' | 'services' | 'console' {
  const [, first = ''] = /^\/([^/?]*)/.exec(url) ?? [];
  if (first === 'local') return 'services';
  const [ownPrefix = ''] = routePrefix.split('/');
  const isOfHosts = first === 'runtime' || first === 'admin' || first.toLowerCase() === ownPrefix.toLowerCase();
  return ownPrefix === '' || isOfHosts ? 'hosts' : 'console';
}

async function forwardPatiently(pool: HostPool, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const deadline = performance.now() + waitForProcessMs;
  for (;;) {
    const port = await pool.next(deadline - performance.now());
    if (res.destroyed) return;
    if (port === undefined) return sendUnavailable(res);
    if ((await forward(req, res, port)) === 'done') return;
    // It died a moment ago; it is added again when it is back.
    pool.remove(port);
  }
}

function sendUnavailable(res: ServerResponse): void {
  const detail =
    'The process that answers this is being started again, or was left out (--no-host). Try again in a moment.';
  res.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '2' });
  res.end(JSON.stringify({ title: 'Not available now', status: 503, code: 'not-available', detail }));
}
