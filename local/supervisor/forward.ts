// Passes a request on to a server on this machine and its answer back, streaming both ways.
import { Agent, type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

/** Headers of one connection, never passed on (RFC 9110, 7.6.1); `expect` was answered by the server here. */
const connectionHeaders = new Set(
  'connection keep-alive proxy-connection te trailer transfer-encoding upgrade expect'.split(' '),
);
const agent = new Agent({ keepAlive: true });

/**
 * `refused`: nobody listens there, nothing was sent, the request is untouched and may go elsewhere. `done`: answered, or either side
 * went away. A server that breaks off before it answered is a 502: whether it did the work is unknown.
 */
export function forward(req: IncomingMessage, res: ServerResponse, port: number): Promise<'done' | 'refused'> {
  return new Promise((resolve) => {
    const upstream = request({
      agent,
      host: '127.0.0.1',
      port,
      method: req.method,
      path: req.url,
      headers: requestHeaders(req),
    });
    const onClientGone = () => upstream.destroy();
    const settle = (outcome: 'done' | 'refused') => {
      res.off('close', onClientGone);
      resolve(outcome);
    };
    res.once('close', onClientGone);
    upstream.once('response', (answer) => {
      passAnswer(answer, res);
      res.once('close', () => settle('done'));
    });
    let sending = false;
    whenConnected(upstream, () => {
      sending = true;
      req.pipe(upstream);
    });
    upstream.once('error', () => {
      if (!sending && !res.destroyed) return settle('refused');
      if (res.headersSent) res.destroy();
      else if (!res.destroyed) sendBrokenOff(res);
      settle('done');
    });
  });
}

/** As they came but for the connection's own; the front is the edge, so what a client says about forwarding is dropped. */
function requestHeaders(req: IncomingMessage): string[] {
  const headers = passedOn(req.rawHeaders).filter(([name]) => !name.toLowerCase().startsWith('x-forwarded-'));
  if (req.headers['transfer-encoding'] !== undefined) headers.push(['Transfer-Encoding', 'chunked']);
  headers.push(['X-Forwarded-Host', req.headers.host ?? ''], ['X-Forwarded-Proto', 'http']);
  headers.push(['X-Forwarded-For', req.socket.remoteAddress ?? '']);
  return headers.flat();
}

function passedOn(rawHeaders: readonly string[]): [name: string, value: string][] {
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!connectionHeaders.has(name.toLowerCase())) headers.push([name, value]);
  }
  return headers;
}

/** The body is not read before somebody listens: until then the request can go elsewhere. */
function whenConnected(upstream: ClientRequest, run: () => void): void {
  upstream.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', run);
    else run();
  });
}

function passAnswer(answer: IncomingMessage, res: ServerResponse): void {
  res.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer.rawHeaders).flat());
  // A stream of events shows its headers before its first event.
  res.flushHeaders();
  pipeline(answer, res, () => {});
}

function sendBrokenOff(res: ServerResponse): void {
  const detail =
    'The host broke off before it answered; whether it did the work is unknown. Ask for the result, or repeat with the same Idempotency-Key.';
  res.writeHead(502, { 'content-type': 'application/problem+json' });
  res.end(JSON.stringify({ title: 'The host broke off', status: 502, code: 'host-broke-off', detail }));
}
