// The Table service as HTTP: headers, methods, content types, and what a batch of one query answers.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { ACCOUNT, clientFor } from './tables-cases/client.ts';
import { outcomeOf, type RawRequest, signedFetch } from './tables-cases/signed-fetch.ts';

let store: Store;
let server: TablesServer;
const send = (path: string, request: RawRequest = {}) =>
  signedFetch(`http://127.0.0.1:${server.port}/${ACCOUNT}${path}`, request);

beforeAll(async () => {
  store = await openStore({ ephemeral: true });
  server = await startTablesServer({ store, port: 0, tables: ['Orders'] });
});
afterAll(async () => {
  await server.close();
  await store.close();
});

test('an answer repeats the id and the version its client sent, and has an id of its own', async () => {
  const headers = { 'x-ms-client-request-id': 'mine', 'x-ms-version': '2020-12-06' };
  for (const path of ['/Tables', '/missing()']) {
    const answer = await send(path, { headers });
    expect(answer.headers.get('x-ms-client-request-id')).toBe('mine');
    expect(answer.headers.get('x-ms-version')).toBe('2020-12-06');
    expect(answer.headers.get('x-ms-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect(Date.parse(answer.headers.get('date') ?? '')).not.toBeNaN();
  }
});

test('an error names its code in a header too', async () => {
  const answer = await send('/missing()');
  expect(answer.headers.get('x-ms-error-code')).toBe('TableNotFound');
});

test('one table can be asked for by its name', async () => {
  expect(await (await send("/Tables('orders')")).json()).toMatchObject({ TableName: 'Orders' });
  expect(await outcomeOf(await send("/Tables('missing')"))).toBe('404 TableNotFound');
});

test('POST with X-HTTP-Method does what the header says', async () => {
  const path = "/orders(PartitionKey='tunnel',RowKey='r')";
  const tunnel = async (meant: string, body: string) =>
    outcomeOf(await send(path, { method: 'POST', body, headers: { 'X-HTTP-Method': meant } }));
  expect(await tunnel('PUT', '{"a":1}')).toBe('204');
  expect(await tunnel('MERGE', '{"b":2}')).toBe('204');
  expect(await clientFor(`http://127.0.0.1:${server.port}`, 'orders').getEntity('tunnel', 'r')).toMatchObject({
    a: 1,
    b: 2,
  });
  expect(await tunnel('BREW', '{}')).toBe('400 XMethodIncorrectValue');
  const put = send(path, { method: 'PUT', body: '{}', headers: { 'X-HTTP-Method': 'MERGE' } });
  expect(await outcomeOf(await put)).toBe('400 XMethodNotUsingPost');
});

test.each([
  ['text/plain', '415 MediaTypeNotSupported'],
  ['application/atom+xml', '415 AtomFormatNotSupported'],
  ['application/json;odata=nometadata', '201'],
])('a body of type %s answers %s', async (type, expected) => {
  const body = '{"PartitionKey":"type","RowKey":"r"}';
  expect(await outcomeOf(await send('/orders', { method: 'POST', body, headers: { 'Content-Type': type } }))).toBe(
    expected,
  );
});

test.each([
  ['DELETE', '/orders', '405 MethodNotAllowed'],
  ['PUT', '/Tables', '405 MethodNotAllowed'],
  ['POST', "/Tables('orders')", '405 MethodNotAllowed'],
  ['GET', '/$batch', '405 MethodNotAllowed'],
  ['POST', "/orders(PartitionKey='p',RowKey='r')", '405 MethodNotAllowed'],
  ['GET', '/', '501 NotImplemented'],
])('%s %s answers %s', async (method, path, expected) => {
  expect(await outcomeOf(await send(path, { method }))).toBe(expected);
});

function batchOf(request: string): RawRequest {
  const body = ['--b', 'Content-Type: application/http', '', request, '', '', '--b--', ''].join('\r\n');
  return { method: 'POST', body, headers: { 'Content-Type': 'multipart/mixed; boundary=b' } };
}

test('a batch of one query answers what the query would', async () => {
  await send('/orders', { method: 'POST', body: '{"PartitionKey":"query","RowKey":"r","n":1}' });
  const address = `http://127.0.0.1:${server.port}/${ACCOUNT}/orders`;
  for (const target of [`${address}(PartitionKey='query',RowKey='r')`, `${address}()?$filter=RowKey%20eq%20'r'`]) {
    const text = await (await send('/$batch', batchOf(`GET ${target} HTTP/1.1`))).text();
    expect(text).toContain('HTTP/1.1 200 OK');
    expect(text).toContain('"n":1');
  }
  const tables = send('/$batch', batchOf(`GET http://127.0.0.1:${server.port}/${ACCOUNT}/Tables HTTP/1.1`));
  expect(await outcomeOf(await tables)).toBe('501 NotImplemented');
});

test('properties of the service that are no properties are refused', async () => {
  const put = async (body: string) =>
    outcomeOf(await send('/?restype=service&comp=properties', { method: 'PUT', body }));
  expect(await put('<StorageServiceProperties><Colour/></StorageServiceProperties>')).toBe('400 InvalidXmlDocument');
  expect(await put('<StorageServiceProperties><Logging/></StorageServiceProperties>')).toBe('400 InvalidXmlDocument');
  expect(await put('nonsense')).toBe('400 InvalidXmlDocument');
});
