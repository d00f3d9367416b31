// A page on the internet can point a name of its own at 127.0.0.1 (DNS rebinding) and then call what listens there. Its requests still
// carry that name in `Host`, and the page in `Origin`: only names of this machine are served.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Names that are served beside those of the loopback interface: `name`, `*.name`, or `*` for all; comma-separated. */
const setting = 'MILLRACE_ALLOWED_HOSTS';

const allowedNames = (): readonly string[] =>
  (process.env[setting] ?? '').split(',').map((name) => name.trim().toLowerCase());

/** @param host as in `Host`: a name or address, with or without a port */
export function isAllowedHost(host: string, allowed: readonly string[] = allowedNames()): boolean {
  const name = URL.parse(`http://${host}`)?.hostname ?? '';
  if (name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name))
    return true;
  return allowed.some(
    (one) => one === '*' || (name !== '' && (one.startsWith('*.') ? name.endsWith(one.slice(1)) : one === name)),
  );
}

const isRead = (method = 'GET'): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method);

/** What to say to a request that is not to be served; undefined to serve it. */
export function refusalOf({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): string | undefined {
  const { host, origin, upgrade } = headers;
  // HTTP/1.0 has none, and no browser speaks it.
  if (host !== undefined && !isAllowedHost(host))
    return `the host ${JSON.stringify(host)} is not a name of this machine`;
  if (origin === undefined || (isRead(method) && upgrade === undefined)) return undefined;
  const from = URL.parse(origin)?.host ?? '';
  return isAllowedHost(from) ? undefined : `a page of ${JSON.stringify(origin)} may change nothing here`;
}

type Listener = (req: IncomingMessage, other: ServerResponse | Duplex, ...more: unknown[]) => void;

/**
 * To be called once the server has its listeners: they get no request that is refused.
 * Differs from Azure: other hosts are refused, and so is a change from a page of another host, whatever the CORS rules say.
 */
export function serveLoopbackOnly(server: Server): void {
  for (const event of ['request', 'checkContinue', 'checkExpectation', 'upgrade']) {
    const listeners = server.listeners(event) as Listener[];
    if (listeners.length === 0) continue;
    server.removeAllListeners(event);
    server.on(event, ((req, other, ...more) => {
      const refusal = refusalOf(req);
      if (refusal === undefined) for (const listener of listeners) listener.call(server, req, other, ...more);
      else refuse(req, other, refusal);
    }) satisfies Listener);
  }
}

function refuse(req: IncomingMessage, other: ServerResponse | Duplex, refusal: string): void {
  const detail = `Refused: ${refusal}. Use localhost or 127.0.0.1, or name the host in ${setting}.`;
  const body = JSON.stringify({ title: 'Forbidden', status: 403, code: 'foreign-host', detail });
  if ('writeHead' in other) {
    req.resume();
    other.writeHead(403, { 'content-type': 'application/problem+json' }).end(body);
  } else other.end(`HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n`);
}
