// The front over real sockets: where requests go, and that nothing is buffered or lost on the way.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Front, startFront } from '../../local/supervisor/front.ts';
import { waitFor } from '../support/wait-for.ts';

let front: Front;
let folder: string;
let upstreams: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-'));
  front = await startFront({ port: 0, console: folder, routePrefix: 'api' });
});
afterEach(async () => {
  await front.close();
  for (const server of upstreams) server.close().closeAllConnections();
  upstreams = [];
  await rm(folder, { recursive: true });
});

type Listener = (...exchange: Parameters<RequestListener>) => unknown;

async function upstream(listener: Listener): Promise<number> {
  const server = createServer((req, res) => void listener(req, res)).listen(0, '127.0.0.1');
  upstreams.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const at = (path: string) => `http://127.0.0.1:${front.port}${path}`;
const bodyOf = async (req: IncomingMessage) => Buffer.concat(await req.toArray()).toString();

test('passes a request on as it came, and says where it came from', async () => {
  const port = await upstream(async (req, res) => {
    const { method, url, headers } = req;
    res.writeHead(201, 'Made', { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] });
    res.end(JSON.stringify({ method, url, headers, body: await bodyOf(req) }));
  });
  front.hosts.add(port);
  const answer = await fetch(at('/api/v1/orders?a=1&a=2'), { method: 'POST', body: 'order', headers: { 'x-id': '7' } });
  expect([answer.status, answer.statusText]).toEqual([201, 'Made']);
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await answer.json()).toMatchObject({
    method: 'POST',
    url: '/api/v1/orders?a=1&a=2',
    body: 'order',
    headers: {
      'x-id': '7',
      'content-length': '5',
      host: `127.0.0.1:${front.port}`,
      'x-forwarded-host': `127.0.0.1:${front.port}`,
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
    },
  });
});

test('streams an answer while it is written', async () => {
  let write: (text: string) => void = () => {};
  front.hosts.add(
    await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      write = (text) => res.write(text);
    }),
  );
  const answer = await fetch(at('/api/events'));
  const reader = answer.body?.getReader();
  write('data: 1\n\n');
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n');
  await reader?.cancel();
});

test('streams a request while it is sent', async () => {
  const received: string[] = [];
  front.hosts.add(
    await upstream((req, res) => {
      req.on('data', (chunk: Buffer) => received.push(chunk.toString()));
      req.on('end', () => res.end('all'));
    }),
  );
  const sending = request(at('/api/upload'), { method: 'POST' });
  sending.write('first');
  await waitFor('the first part to arrive', () => received[0] === 'first');
  sending.end('second');
  const [answer] = (await once(sending, 'response')) as [IncomingMessage];
  expect(await bodyOf(answer)).toBe('all');
  expect(received.join('')).toBe('firstsecond');
});

test('tells the host when the client goes away', async () => {
  let gone = false;
  let came = false;
  front.hosts.add(
    await upstream((_req, res) => {
      came = true;
      res.on('close', () => (gone = true));
    }),
  );
  const leaving = new AbortController();
  const call = fetch(at('/api/slow'), { signal: leaving.signal });
  await waitFor('the request to arrive', () => came);
  leaving.abort();
  await expect(call).rejects.toThrow('aborted');
  await waitFor('the host to notice', () => gone);
  // The host is still taken for a living one.
  expect(await front.hosts.next(0)).toBeDefined();
});

test('waits for a host that is being started again', async () => {
  const answer = fetch(at('/api/health'));
  front.hosts.add(await upstream((_req, res) => res.end('back')));
  expect(await (await answer).text()).toBe('back');
});

test('goes to another host when one is gone', async () => {
  const dead = await upstream(() => {});
  upstreams.pop()?.close();
  front.hosts.add(dead);
  front.hosts.add(await upstream(async (req, res) => res.end(await bodyOf(req))));
  const answers = await Promise.all(
    ['1', '2', '3'].map(async (body) => (await fetch(at('/api/echo'), { method: 'POST', body })).text()),
  );
  expect(answers).toEqual(['1', '2', '3']);
});

test('a host that dies before its answer is a 502 that names the doubt', async () => {
  front.hosts.add(await upstream((req) => req.socket.destroy()));
  const answer = await fetch(at('/api/orders'), { method: 'POST', body: '{}' });
  expect(answer.status).toBe(502);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({ code: 'host-broke-off' });
});

test('a host that dies inside its answer breaks the answer off', async () => {
  front.hosts.add(
    await upstream((_req, res) => {
      res.writeHead(200, { 'content-length': '10' }).write('half');
      setImmediate(() => res.socket?.destroy());
    }),
  );
  await expect(fetch(at('/api/orders')).then((answer) => answer.text())).rejects.toThrow('terminated');
});

test('without a host to come it is a 503 with Retry-After', async () => {
  front.hosts.close();
  const answer = await fetch(at('/api/health'));
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
});

test('/local goes to the services', async () => {
  front.services.add(await upstream((req, res) => res.end(req.url)));
  expect(await (await fetch(at('/local/mail'))).text()).toBe('/local/mail');
});

test('serves the console with its types, and its index for its views', async () => {
  await writeFile(join(folder, 'index.html'), '<h1>console</h1>');
  await writeFile(join(folder, 'app.js'), 'export {}');
  const script = await fetch(at('/app.js'));
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(await (await fetch(at('/orders/7'))).text()).toBe('<h1>console</h1>');
  expect((await fetch(at('/missing.js'))).status).toBe(404);
  expect((await fetch(at('/'), { method: 'HEAD' })).headers.get('content-length')).toBe('16');
  expect((await fetch(at('/'), { method: 'DELETE' })).status).toBe(405);
});

test('says how to build a console that is not built', async () => {
  const answer = await fetch(at('/'));
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('npm run build');
});

test('is not reachable from outside of this machine', () => {
  expect(front.port).toBeGreaterThan(0);
  // Bound to 127.0.0.1, not to all interfaces.
  return expect(fetch(`http://[::1]:${front.port}/`)).rejects.toThrow('fetch failed');
});

test('a connection serves the next request after one that was answered before its body was read', async () => {
  front.hosts.add(
    await upstream((req, res) => {
      if (req.url === '/api/next') return res.end('next');
      // Reads a little, as one who finds out that the body is too large.
      req.once('data', () => {
        req.pause();
        res.writeHead(413).end('too large');
      });
      return undefined;
    }),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = Buffer.alloc(8 * 1024 * 1024);
  for (let round = 0; round < 3; round += 1) {
    expect(await send(agent, 'POST', '/api/large', body)).toBe('413 too large');
    expect(await send(agent, 'GET', '/api/next')).toBe('200 next');
  }
  agent.destroy();
});

async function send(agent: Agent, method: string, path: string, body?: Buffer): Promise<string> {
  const sent = request(at(path), {
    agent,
    method,
    headers: body === undefined ? {} : { 'content-length': body.length },
  });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return `${answer.statusCode} ${await bodyOf(answer)}`;
}
