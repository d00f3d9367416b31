import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { developmentTopicKey } from '../../local/topology/event-grid.ts';
import { startHostProcess, type HostProcess } from './support/host-process.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly events: unknown;
}

let topic: Server;
let topicStatus = 200;
const received: Received[] = [];
let host: HostProcess;

async function takeEvents(request: IncomingMessage, response: ServerResponse): Promise<void> {
  received.push({ headers: request.headers, events: await json(request) });
  response.writeHead(topicStatus).end('no room');
}

beforeAll(async () => {
  topic = createServer((request, response) => void takeEvents(request, response));
  topic.listen(0, '127.0.0.1');
  await once(topic, 'listening');
  host = await startHostProcess({
    app: 'event-grid',
    environment: {
      MILLRACE_EVENT_GRID_KEY: 'system-key',
      TOPIC_URI: `http://127.0.0.1:${(topic.address() as AddressInfo).port}/api/events`,
      TOPIC_KEY: 'topic-key',
      Grid__topicEndpointUri: `http://127.0.0.1:${(topic.address() as AddressInfo).port}/api/events`,
    },
  });
});
afterAll(async () => {
  await host.stop();
  topic.close();
});

const address = (functionName: string, code = 'system-key') =>
  `${host.origin}/runtime/webhooks/EventGrid?functionName=${functionName}&code=${code}`;

function deliver(functionName: string, body: unknown, headers: Record<string, string> = {}, code?: string) {
  return fetch(address(functionName, code), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification', ...headers },
    body: JSON.stringify(body),
  });
}

const gridEvent = (subject: string, data: object = {}) => ({
  id: subject,
  topic: '/topics/t',
  subject,
  eventType: 'Test.Happened',
  eventTime: '2026-01-01T00:00:00Z',
  dataVersion: '1',
  metadataVersion: '1',
  data,
});
const traceId = '0af7651916cd43dd8448eb211c80319c';
const cloudEvent = (subject: string) => ({
  specversion: '1.0',
  id: subject,
  source: '/test',
  type: 'test.happened',
  subject,
  data: { a: 1 },
  traceparent: `00-${traceId}-b7ad6b7169203331-01`,
});

describe('Event Grid functions', () => {
  it('take the handshake of a subscription', async () => {
    const answer = await deliver('tell', [{ id: 'v', data: { validationCode: '512d38b6' } }], {
      'aeg-event-type': 'SubscriptionValidation',
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ validationResponse: '512d38b6' });
  });

  it("take CloudEvents' handshake", async () => {
    const headers = { 'webhook-request-origin': 'eventgrid.azure.net' };
    const answer = await fetch(address('tell'), { method: 'OPTIONS', headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net');
  });

  it('run once an event, with the event and its data', async () => {
    const answer = await deliver('TELL', [gridEvent('one', { blob: 'b' }), gridEvent('two')]);
    expect(answer.status).toBe(202);
    expect(await host.saw(/told .*"subject":"one".*"data":\{"blob":"b"\}/)).toBe(true);
    expect(await host.saw(/told .*"subject":"two"/)).toBe(true);
  });

  it('take CloudEvents, single and in a batch, and join their trace', async () => {
    expect((await deliver('tell', cloudEvent('cloud-1'))).status).toBe(202);
    expect((await deliver('tell', [cloudEvent('cloud-2'), cloudEvent('cloud-3')])).status).toBe(202);
    for (const subject of ['cloud-1', 'cloud-2', 'cloud-3'])
      expect(await host.saw(new RegExp(`told .*"subject":"${subject}".*"traceParent":"00-${traceId}-`))).toBe(true);
  });

  it('answer 500 when one of the events fails, so that it is delivered again', async () => {
    const answer = await deliver('tell', [gridEvent('fine'), gridEvent('poison')]);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({ error: "'tell' failed on 1 of 2 events." });
    expect(await host.saw('cannot do poison')).toBe(true);
  });

  it('are reached with the system key only', async () => {
    expect((await deliver('tell', [gridEvent('stolen')], {}, 'wrong')).status).toBe(401);
    expect((await deliver('tell', [gridEvent('stolen')], {}, '')).status).toBe(401);
    expect((await deliver('tell', [gridEvent('by header')], { 'x-functions-key': 'wrong' }, '')).status).toBe(401);
    expect(host.output()).not.toContain('"subject":"stolen"');
  });

  it('refuse what is no delivery', async () => {
    expect((await deliver('nobody', [gridEvent('x')])).status).toBe(404);
    expect((await deliver('hello', [gridEvent('x')])).status).toBe(404);
    expect((await deliver('tell', [])).status).toBe(400);
    expect((await deliver('tell', [{ pad: 'x'.repeat(2_000_000) }])).status).toBe(413);
    expect((await fetch(address('tell'))).status).toBe(405);
  });

  it('run by hand', async () => {
    const answer = await fetch(`${host.origin}/admin/functions/tell`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: JSON.stringify(gridEvent('by hand')) }),
    });
    expect(answer.status).toBe(202);
    expect(await host.saw(/told .*"subject":"by hand"/)).toBe(true);
  });
});

describe('an Event Grid output', () => {
  it('posts events to the topic with its key, in their schema', async () => {
    const events = [gridEvent('out-1'), gridEvent('out-2')];
    expect((await deliver('passOn', [gridEvent('x', { events })])).status).toBe(202);
    expect(received.at(-1)).toMatchObject({
      headers: { 'aeg-sas-key': 'topic-key', 'content-type': 'application/json' },
      events,
    });
    const clouds = [cloudEvent('out-3')];
    expect((await deliver('passOn', [gridEvent('x', { events: clouds })])).status).toBe(202);
    expect(received.at(-1)).toMatchObject({
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      events: clouds,
    });
  });

  it('goes by a connection to the topic its setting names, with the key of every local topic', async () => {
    const events = [gridEvent('out-4')];
    expect((await deliver('passOnByConnection', [gridEvent('x', { events })])).status).toBe(202);
    expect(received.at(-1)).toMatchObject({ headers: { 'aeg-sas-key': developmentTopicKey }, events });
  });

  it('leaves out the function when its setting is not set', async () => {
    expect(await host.saw("'unset' is left out: The setting 'NO_SUCH_TOPIC' of an Event Grid output is not set.")).toBe(
      true,
    );
  });

  it('fails the function when the topic refuses', async () => {
    topicStatus = 507;
    expect((await deliver('passOn', [gridEvent('x', { events: [gridEvent('y')] })])).status).toBe(500);
    expect(await host.saw(/topic at .* answered 507: no room/)).toBe(true);
  });
});
