// What an HTTP function may give back and what it is told, the same with whole bodies and with streams.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHostProcess, type HostProcess } from './support/host-process.ts';

const text = 'text/plain;charset=UTF-8';
const json = 'application/json';
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe.each([
  ['whole bodies', 'no'],
  ['streams', 'yes'],
])('an HTTP function with %s', (_, stream) => {
  let host: HostProcess;
  beforeAll(async () => {
    host = await startHostProcess({ app: 'replies', environment: { STREAM: stream } });
  });
  afterAll(async () => {
    await host.stop();
  });

  it.each([
    ['text', 200, text, 'text'],
    ['bytes', 200, null, '\u0000\u00FF'],
    ['buffer', 200, null, 'buffer'],
    ['blob', 200, 'image/x-own', 'blob'],
    ['form', 200, 'application/x-www-form-urlencoded;charset=UTF-8', 'a=1+2'],
    ['json', 200, json, '{"a":[1,null]}'],
    ['zero', 200, json, '0'],
    ['vendorJson', 422, 'application/problem+json', '{"title":"no"}'],
    ['noJson', 200, null, ''],
    ['bare', 200, null, ''],
    ['created', 201, null, ''],
    ['noContent', 204, null, ''],
    ['notModified', 304, null, ''],
    ['nothing', 204, null, ''],
    ['null', 204, null, ''],
    ['object', 202, json, '{"own":true}'],
  ])('answers with %s', async (kind, status, contentType, body) => {
    const reply = await fetch(`${host.origin}/api/reply/${kind}`);
    const got = Buffer.from(await reply.arrayBuffer()).toString('latin1');
    expect([reply.status, reply.headers.get('content-type'), got]).toEqual([status, contentType, body]);
  });

  it('sends its own headers and cookies', async () => {
    const { headers } = await fetch(`${host.origin}/api/reply/created`);
    expect([headers.get('location'), headers.get('x-own')]).toEqual(['/x', 'a, b']);
    expect((await fetch(`${host.origin}/api/reply/notModified`)).headers.get('etag')).toBe('"1"');
    expect((await fetch(`${host.origin}/api/reply/object`)).headers.getSetCookie()).toEqual(['c=1']);
  });

  it.each([
    ['a value that is no reply', 'reply/word', 'The HTTP response must be an object'],
    ['a status that is none', 'reply/badStatus', 'RangeError'],
    ['a header that is none', 'reply/badHeader', 'bad name'],
    ['a thrown text', 'throws/text', 'thrown text'],
    ['a thrown object', 'throws/object', '{"thrown":"object"}'],
  ])('is a bare 500 for %s, and the log says why', async (_case, path, words) => {
    const reply = await fetch(`${host.origin}/api/${path}`);
    expect([reply.status, await reply.text()]).toEqual([500, '']);
    expect(await host.saw(words)).toBe(true);
  });

  it('is told who calls and what for', async () => {
    const principal = { auth_typ: 'aad', claims: [] };
    const headers = {
      'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64'),
      'x-ms-client-principal-id': 'user-1',
      'x-ms-client-principal-name': 'somebody',
      'x-ms-client-principal-idp': 'aad',
    };
    const reply = await fetch(`${host.origin}/api/context?a=1&a=2&b=%C3%A9`, { headers });
    expect(await reply.json()).toEqual({
      method: 'GET',
      params: { word: 'default' },
      query: [
        ['a', '1'],
        ['a', '2'],
        ['b', 'é'],
      ],
      user: { id: 'user-1', type: 'AppService' },
      form: [],
      functionName: 'context',
      invocationId: expect.stringMatching(uuid) as string,
      triggerMetadata: null,
      retryContext: null,
      traceParent: expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-01$/) as string,
      trigger: 'httpTrigger',
      return: 'http',
    });
  });

  it('reads a form of parts', async () => {
    const body = new FormData();
    body.append('name', 'é');
    const reply = await fetch(`${host.origin}/api/context/x`, { method: 'POST', body });
    expect(await reply.json()).toMatchObject({
      method: 'POST',
      params: { word: 'x' },
      user: null,
      form: [['name', 'é']],
    });
  });
});
