// How HTTP functions are called as host.json, the command line and the wire have it.
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startHostProcess, type HostProcess } from './support/host-process.ts';
import { createTemporaryApp, type TemporaryApp } from './support/temporary-app.ts';

function running(files: Readonly<Record<string, string | object>>, args: readonly string[] = []) {
  const given: { app?: TemporaryApp; host?: HostProcess } = {};
  beforeAll(async () => {
    given.app = createTemporaryApp(files);
    given.host = await startHostProcess({ app: given.app.folder, args });
  });
  afterAll(async () => {
    await given.host?.stop();
    given.app?.remove();
  });
  return {
    call: (path: string, init: RequestInit = {}) => fetch(`${given.host?.origin}${path}`, init),
    origin: () => given.host?.origin ?? '',
    host: () => given.host as HostProcess,
    folder: () => given.app?.folder ?? '',
  };
}

const main = (body: string) => ({ 'main.js': `import { app } from '@azure/functions';\n${body}` });

describe('HTTP limits of host.json', () => {
  const http = {
    routePrefix: '',
    maxConcurrentRequests: 2,
    maxOutstandingRequests: 3,
    customHeaders: { 'x-frame-options': 'DENY', 'x-both': 'host' },
  };
  const { call, host } = running({
    'host.json': { version: '2.0', extensions: { http } },
    ...main(`const waiting = [];
      app.get('held', async () => {
        await new Promise((resolve) => {
          waiting.push(resolve);
          console.log(waiting.length + ' at once');
        });
        return { body: 'done' };
      });
      app.eventGrid('release', { handler: () => { for (const resolve of waiting.splice(0)) resolve(); } });
      app.get('fails', () => { throw new Error('no'); });
      app.get('headers', { route: 'own', handler: () => ({ headers: { 'x-both': 'function' } }) });`),
  });
  const release = () => call('/admin/functions/release', { method: 'POST', body: '{}' });

  it('let so many run, so many wait, and refuse the rest by 429', async () => {
    const held = [call('/held'), call('/held'), call('/held'), call('/held')];
    const first = await Promise.race(held);
    expect(first.status).toBe(429);
    const all = Promise.all(held);
    let answered = false;
    void all.then(() => (answered = true));
    await waitFor('every call to be answered', async () => (await release()) && answered);
    expect(host().output()).not.toContain('3 at once');
    const statuses = (await all).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 200, 429]);
  });

  it('send the custom headers with every answer, but a function may say otherwise', async () => {
    expect((await call('/fails')).headers.get('x-frame-options')).toBe('DENY');
    expect((await call('/own')).headers.get('x-both')).toBe('function');
  });
});

describe('function keys', () => {
  const levels = ['anonymous', 'function', 'admin']
    .map((level) => `app.get('${level}', { authLevel: '${level}', handler: () => ({ body: 'in' }) });`)
    .join('\n');

  describe('without --auth', () => {
    const { call } = running(main(levels));
    it('are not asked for, as with func', async () => {
      expect((await call('/api/admin')).status).toBe(200);
      expect((await call('/admin/functions')).status).toBe(200);
    });
  });

  describe('with --auth', () => {
    const { call, folder } = running(main(levels), ['--auth']);
    const file = () => join(folder(), '.local/keys.json');
    const keys = () =>
      JSON.parse(readFileSync(file(), 'utf8')) as { masterKey: string; functionKeys: { default: string } };
    const statuses = (key: string) =>
      Promise.all(
        ['/api/anonymous', '/api/function', '/api/admin', '/admin/functions', '/admin/host/ping'].map(
          async (path) => (await call(path, { headers: { 'x-functions-key': key } })).status,
        ),
      );

    it.each([
      ['no key', () => '', [200, 401, 401, 401, 200]],
      ['a wrong key', () => 'wrong', [200, 401, 401, 401, 200]],
      ['a function key', () => keys().functionKeys.default, [200, 200, 401, 401, 200]],
      ['the master key', () => keys().masterKey, [200, 200, 200, 200, 200]],
    ])('%s opens what it opens in Azure', async (_, key, expected) => {
      expect(await statuses(key())).toEqual(expected);
    });

    it('may stand in the query', async () => {
      expect((await call(`/api/function?code=${keys().functionKeys.default}`)).status).toBe(200);
    });

    it('are listed for the master', async () => {
      const { masterKey, functionKeys } = keys();
      const reply = await call('/admin/host/keys', { headers: { 'x-functions-key': masterKey } });
      expect(await reply.json()).toEqual({ keys: [{ name: 'default', value: functionKeys.default }] });
    });
  });
});

describe('the wire', () => {
  const { call, origin, host } = running(
    main(`app.get('cookies', () => ({ cookies: [
        { name: 'all', value: 'a b;', domain: 'shop.example', path: '/x', expires: new Date('2030-01-02T03:04:05Z'),
          maxAge: 60, secure: true, httpOnly: true, sameSite: 'Strict' },
        { name: 'gone', value: '', maxAge: 0, sameSite: 'None' } ] }));
      app.http('echo', { route: 'echo/{name}', methods: ['GET', 'POST', 'PUT', 'OPTIONS'], handler: async (request) => ({
        jsonBody: { name: request.params.name, method: request.method, twice: request.headers.get('x-twice'),
          bytes: [...new Uint8Array(await request.arrayBuffer())] } }) });`),
  );

  it('carries every attribute of a cookie', async () => {
    expect((await call('/api/cookies')).headers.getSetCookie()).toEqual([
      'all=a%20b%3B; Max-Age=60; Domain=shop.example; Path=/x; Expires=Wed, 02 Jan 2030 03:04:05 GMT; HttpOnly; Secure; SameSite=Strict',
      'gone=; Max-Age=0; SameSite=None',
    ]);
  });

  it('keeps a slash in a parameter encoded, and decodes the rest', async () => {
    expect(await (await call('/api/echo/a%2Fb%20c%C3%A9')).json()).toMatchObject({ name: 'a%2Fb cé' });
  });

  it('carries bytes that are no text', async () => {
    const reply = await call('/api/echo/x', { method: 'PUT', body: new Uint8Array([0, 255, 254, 10]) });
    expect(await reply.json()).toMatchObject({ bytes: [0, 255, 254, 10] });
  });

  it('lets a function answer OPTIONS where no CORS rule does', async () => {
    expect(await (await call('/api/echo/x', { method: 'OPTIONS' })).json()).toMatchObject({ method: 'OPTIONS' });
  });

  it('joins headers that come twice, and lets trailers be', async () => {
    const { port } = new URL(origin());
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'POST /api/echo/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Twice: a\r\nX-Twice: b\r\n' +
        'Transfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n2\r\nhi\r\n0\r\nX-Late: z\r\n\r\n',
    );
    const text = (await socket.toArray()).join('');
    expect(text).toContain('"twice":"a, b","bytes":[104,105]');
  });

  it('answers Expect: 100-continue', async () => {
    const request = httpRequest(`${origin()}/api/echo/x`, { method: 'POST', headers: { expect: '100-continue' } });
    request.flushHeaders();
    await once(request, 'continue');
    const answered = once(request, 'response');
    request.end('hi');
    const [reply] = (await answered) as [{ statusCode: number; resume(): void }];
    reply.resume();
    expect(reply.statusCode).toBe(200);
  });

  it('carries 1,024 calls at once', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1_024 });
    const one = async (index: number) => {
      const request = httpRequest(`${origin()}/api/echo/${index}`, { agent }).end();
      const [reply] = (await once(request, 'response')) as [AsyncIterable<Buffer>];
      const chunks: Buffer[] = [];
      for await (const chunk of reply) chunks.push(chunk);
      return (JSON.parse(Buffer.concat(chunks).toString()) as { name: string }).name;
    };
    const names = await Promise.all(Array.from({ length: 1_024 }, (_, index) => one(index)));
    agent.destroy();
    expect(names).toEqual(Array.from({ length: 1_024 }, (_, index) => String(index)));
  });

  it('goes on after a caller that leaves in the middle of its body', async () => {
    const { port } = new URL(origin());
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('POST /api/echo/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf');
    await once(socket, 'connect');
    socket.destroy();
    expect((await call('/api/echo/y')).status).toBe(200);
    expect(host().child.exitCode).toBeNull();
  });
});
