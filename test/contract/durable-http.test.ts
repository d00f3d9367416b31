// context.df.callHttp through durable-functions itself, against a server of the test's own.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DurableClient } from 'durable-functions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Durable } from '../../local/host/durable/start-durable.ts';
import { type Store, openStore } from '../../local/store/store.ts';
import {
  type LoadedFixture,
  type RunningHub,
  clientOf,
  loadFixture,
  startHub,
  startWorker,
  untilStatus,
} from '../support/durable-app.ts';
import { waitFor } from '../support/wait-for.ts';

let fixture: LoadedFixture;
let store: Store;
let hub: RunningHub;
let worker: Durable;
let client: DurableClient;
let server: Server;
let origin: string;
let isLaterReady = false;
/** What the server was asked, by path. */
const asked: { line: string; headers: IncomingMessage['headers']; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  store = await openStore({ ephemeral: true });
  hub = await startHub(store);
  fixture = await loadFixture();
  worker = await startWorker(fixture, hub);
  client = await clientOf(hub);
});

afterAll(async () => {
  await worker.stop();
  await hub.stop();
  await store.close();
  server.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { pathname, searchParams } = new URL(request.url ?? '/', origin);
  asked.push({
    line: `${request.method} ${request.url}`,
    headers: request.headers,
    body: Buffer.concat(chunks).toString(),
  });
  const left = Number(searchParams.get('left') ?? 0);
  if (pathname === '/poll' && left > 0) {
    response.writeHead(202, { Location: `/poll?${searchParams.get('id')}&left=${left - 1}`, 'Retry-After': '0' }).end();
  } else if (pathname === '/later' && !isLaterReady)
    response.writeHead(202, { Location: '/later', 'Retry-After': '1' }).end();
  else if (pathname === '/moved') response.writeHead(302, { Location: '/plain' }).end();
  else
    response
      .writeHead(pathname === '/teapot' ? 418 : 200, { 'X-Answer': 'yes', 'Set-Cookie': ['a', 'b'] })
      .end('"body"');
}

async function run(name: string, input: unknown): Promise<unknown> {
  return (await untilStatus(client, await client.startNew(name, { input }))).output;
}

it('sends method, headers and body, and gives status, headers as they came and the text', async () => {
  const options = { method: 'PUT', url: `${origin}/plain?q=1`, headers: { 'x-mine': 'm' }, body: { a: 1 } };
  expect(await run('callsHttp', options)).toMatchObject({
    statusCode: 200,
    content: '"body"',
    headers: { 'X-Answer': 'yes', 'Set-Cookie': ['a', 'b'] },
    next: 'next',
  });
  const { headers, body } = asked.find(({ line }) => line === 'PUT /plain?q=1') ?? {};
  expect([headers?.['x-mine'], body]).toEqual(['m', '{"a":1}']);
});

it('takes an error status for an answer, and follows what has moved', async () => {
  expect(await run('callsHttp', { method: 'GET', url: `${origin}/teapot` })).toMatchObject({ statusCode: 418 });
  expect(await run('callsHttp', { method: 'GET', url: `${origin}/moved` })).toMatchObject({ statusCode: 200 });
});

it('polls after a 202 by GET at its Location, without the function key, until there is another answer', async () => {
  const id = randomUUID();
  const url = `${origin}/poll?id=${id}&left=1`;
  const headers = { 'x-functions-key': 'secret', 'x-mine': 'm' };
  expect(await run('callsHttp', { method: 'POST', url, headers, body: 'x' })).toMatchObject({
    statusCode: 200,
    next: 'next',
  });
  const poll = asked.find(({ line }) => line === `GET /poll?${id}&left=0`);
  expect(poll?.headers).toMatchObject({ 'x-mine': 'm' });
  expect(poll?.headers).not.toHaveProperty('x-functions-key');
});

it('polls beside retries and other polls without mixing up their task ids', async () => {
  const urls = ['a', 'b'].map((each) => `${origin}/poll?id=${each}${randomUUID()}&left=1`);
  expect(await run('pollsTwoAtOnce', urls)).toEqual(['"body"', 3, '"body"', 'next']);
});

it('answers the 202 itself when polling is off', async () => {
  const url = `${origin}/poll?id=${randomUUID()}&left=1`;
  expect(await run('callsHttp', { method: 'POST', url, enablePolling: false })).toMatchObject({ statusCode: 202 });
});

it.each([
  ['nobody listens', { method: 'GET', url: 'http://127.0.0.1:1/' }, /GET http:\/\/127\.0\.0\.1:1\/.*ECONNREFUSED/],
  ['the address is none', { method: 'GET', url: 'nowhere' }, /nowhere.*Invalid URL/],
  ['the protocol is another', { method: 'GET', url: 'ftp://127.0.0.1/' }, /only http: and https:/],
  [
    'a token is asked for',
    { method: 'GET', url: 'http://127.0.0.1:1/', tokenSource: { kind: 'x' } },
    /tokenSource is not served/,
  ],
])('is a failure the orchestrator can catch when %s', async (_, options, message) => {
  expect(await run('callsHttp', options)).toEqual({ error: expect.stringMatching(message) as string, next: 'next' });
});

it('goes on polling after a rewind, and an entity that had not answered is asked again', async () => {
  const name = randomUUID();
  const holder = await client.startNew('holdsLock', { input: name });
  await waitFor('the lock', async () => (await client.getStatus(holder)).customStatus === 'locked');
  const id = await client.startNew('breaksAmidst', { input: { name, url: `${origin}/later` } });
  await waitFor('the poll to be pending', async () => {
    const timers = await store.scan('task-hub.timers/test', { limit: 10 });
    return timers.some(({ key }) => key.includes(id));
  });
  await client.raiseEvent(`${id}-child`, 'go', null);
  await untilStatus(client, id, 'Failed');
  fixture.app.repaired.add(name);
  await client.rewind(id, 'repaired');
  isLaterReady = true;
  await client.raiseEvent(holder, 'go', null);
  expect((await untilStatus(client, id)).output).toEqual([`${name} works`, 0, '"body"']);
});
