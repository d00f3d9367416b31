// The local Table service through the real client, and what only raw requests can ask.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corruptRow, StoreCorruptError } from '../../local/store/store-errors.ts';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { ACCOUNT, clientFor } from './tables-cases/client.ts';
import { outcomeOf, type RawRequest, signedFetch } from './tables-cases/signed-fetch.ts';
import { describeTables } from './tables-suite.ts';

let store: Store;
let server: TablesServer;
const origin = () => `http://127.0.0.1:${server.port}`;

beforeAll(async () => {
  store = await openStore({ ephemeral: true });
  server = await startTablesServer({ store, port: 0, tables: ['orders'] });
});

afterAll(async () => {
  await server.close();
  await store.close();
});

describeTables(origin);

describe('the local tables by raw request', () => {
  function send(path: string, init: RawRequest = {}): Promise<Response> {
    return signedFetch(`${origin()}/${ACCOUNT}${path}`, init);
  }

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    send(path, { method: 'POST', body, headers });

  test('tables named at start are there, and naming them again changes nothing', async () => {
    await clientFor(origin(), 'orders').upsertEntity({ partitionKey: 'start', rowKey: 'r' });
    const again = await startTablesServer({ store, port: 0, tables: ['orders', 'Orders'] });
    expect(await clientFor(`http://127.0.0.1:${again.port}`, 'ORDERS').getEntity('start', 'r')).toBeDefined();
    await again.close();
  });

  test('a request without a signature is refused', async () => {
    const response = await fetch(`${origin()}/${ACCOUNT}/Tables`);
    expect(await outcomeOf(response)).toBe('403 AuthenticationFailed');
  });

  test('the metadata in an answer is as much as was asked for', async () => {
    await clientFor(origin(), 'orders').upsertEntity({ partitionKey: 'm', rowKey: "it's", big: 5n, n: 1 });
    const get = async (level: string): Promise<unknown> =>
      (
        await send("/orders(PartitionKey='m',RowKey='it''s')", {
          headers: { Accept: `application/json;odata=${level}` },
        })
      ).json();
    const plain = { PartitionKey: 'm', RowKey: "it's", big: '5', n: 1, Timestamp: expect.any(String) };
    expect(await get('nometadata')).toEqual(plain);
    const minimal = {
      ...plain,
      'big@odata.type': 'Edm.Int64',
      'odata.metadata': `${origin()}/${ACCOUNT}/$metadata#orders/@Element`,
      'odata.etag': expect.stringMatching(/^W\//),
    };
    expect(await get('minimalmetadata')).toEqual(minimal);
    const path = "orders(PartitionKey='m',RowKey='it''s')";
    expect(await get('fullmetadata')).toEqual({
      ...minimal,
      'odata.type': `${ACCOUNT}.orders`,
      'odata.id': `${origin()}/${ACCOUNT}/${path}`,
      'odata.editLink': path,
      'Timestamp@odata.type': 'Edm.DateTime',
    });
  });

  test('a whole number written as Double stays a Double', async () => {
    const client = clientFor(origin(), 'orders');
    await client.upsertEntity({ partitionKey: 'd', rowKey: 'r', price: { type: 'Double', value: '5' } });
    await post('/orders', '{"PartitionKey":"d","RowKey":"s","price":5.0,"count":5,"big":1e3}');
    expect(await (await send("/orders(PartitionKey='d',RowKey='r')")).text()).toContain('"price":5.0}');
    expect(await (await send("/orders(PartitionKey='d',RowKey='s')")).text()).toContain(
      '"price":5.0,"count":5,"big":1000.0}',
    );
  });

  test('an insert that asks for content gets the entity', async () => {
    const response = await post('/orders', JSON.stringify({ PartitionKey: 'content', RowKey: 'r', none: null, n: 1 }), {
      prefer: 'return-content',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('preference-applied')).toBe('return-content');
    expect(response.headers.get('etag')).toMatch(/^W\//);
    const body = await response.json();
    expect(body).toMatchObject({ PartitionKey: 'content', n: 1 });
    expect(body).not.toHaveProperty('none');
  });

  test('select shows null for a property that is not there', async () => {
    await clientFor(origin(), 'orders').upsertEntity({ partitionKey: 's', rowKey: 'r', n: 1 });
    const response = await send("/orders(PartitionKey='s',RowKey='r')?$select=n,missing");
    expect(await response.json()).toMatchObject({ n: 1, missing: null });
  });

  test('a property called __proto__ is a property like any other', async () => {
    await post('/orders', '{"PartitionKey":"proto","RowKey":"r","__proto__":"x"}');
    const response = await send("/orders(PartitionKey='proto',RowKey='r')");
    expect(await response.text()).toContain('"__proto__":"x"');
  });

  test.each([
    ['/orders', '{"PartitionKey":"p"', '400 InvalidInput'],
    ['/orders', '[]', '400 InvalidInput'],
    ['/orders', '{"PartitionKey":"p","RowKey":"r","a":1,"\\u0061":2}', '400 DuplicatePropertiesSpecified'],
    ['/orders', '"text"', '400 InvalidInput'],
    ['/orders', '{"PartitionKey":"p"}', '400 PropertiesNeedValue'],
    ['/orders', '{"PartitionKey":1,"RowKey":"r"}', '400 InvalidInput'],
    ['/orders', '{"PartitionKey":"p","RowKey":"r","a":{}}', '400 InvalidInput'],
    ['/orders', '{"PartitionKey":"p","RowKey":"r","a":[1]}', '400 InvalidInput'],
    ['/orders', '{"PartitionKey":"p","RowKey":"r","a":"x","a@odata.type":"Edm.Guid"}', '400 InvalidInput'],
    [
      '/orders',
      '{"PartitionKey":"p","RowKey":"r","a":"9223372036854775808","a@odata.type":"Edm.Int64"}',
      '400 InvalidInput',
    ],
    ['/orders', '{"PartitionKey":"p","RowKey":"r","a":"x","a@odata.type":"Edm.Colour"}', '400 InvalidInput'],
    ['/orders', '{"PartitionKey":"\\ud800","RowKey":"r"}', '400 OutOfRangeInput'],
    ['/orders', '{"PartitionKey":"p","RowKey":"r","a":"\\ud800"}', '400 InvalidInput'],
    ['/orders', '['.repeat(100_000), '400 InvalidInput'],
    ['/orders', ' '.repeat(4 * 1024 * 1024 + 1), '413 RequestBodyTooLarge'],
    ['/Tables', '{}', '400 PropertiesNeedValue'],
    ['/Tables', '{"TableName":"orders"}', '409 TableAlreadyExists'],
    ['/Tables', '{"TableName":"tables"}', '400 InvalidResourceName'],
    ['/$batch', '', '400 InvalidInput'],
    ['/%ff', '{}', '400 InvalidInput'],
    ['/orders/other', '{}', '400 InvalidInput'],
  ])('POST %s with %.60s answers with a clear error', async (path, body, expected) => {
    expect(await outcomeOf(await post(path, body))).toBe(expected);
  });

  test.each([
    ['$top=0', '400 InvalidInput'],
    ['$top=1001', '400 InvalidInput'],
    ['$top=ten', '400 InvalidInput'],
    ['NextPartitionKey=nonsense', '400 InvalidInput'],
    [`$filter=${'('.repeat(5000)}`, '400 InvalidInput'],
    [`$filter=${'not '.repeat(5000)}true`, '400 InvalidInput'],
    ["$filter=n eq colour'red'", '400 InvalidInput'],
    ['comp=lease', '501 NotImplemented'],
    ['$orderby=n', '501 NotImplemented'],
    [`$filter=${Array(16).fill('n eq 1').join(' or ')}`, '400 InvalidInput'],
  ])('GET /orders()?%.40s answers with a clear error', async (query, expected) => {
    expect(await outcomeOf(await send(`/orders()?${query}`))).toBe(expected);
  });

  test('a write with a malformed ETag, and a delete without one, are refused', async () => {
    const path = "/orders(PartitionKey='p',RowKey='r')";
    const malformed = send(path, { method: 'PUT', body: '{}', headers: { 'If-Match': 'nonsense' } });
    expect(await outcomeOf(await malformed)).toBe('400 InvalidInput');
    expect(await outcomeOf(await send(path, { method: 'DELETE' }))).toBe('400 MissingRequiredHeader');
  });

  test('keys in a body that differ from the address are refused', async () => {
    const put = (body: string) => send("/orders(PartitionKey='p',RowKey='r')", { method: 'PUT', body });
    expect(await outcomeOf(await put('{"PartitionKey":"q"}'))).toBe('400 PartitionKeyPropertyCannotBeUpdated');
    expect(await outcomeOf(await put('{"RowKey":"q"}'))).toBe('400 RowKeyPropertyCannotBeUpdated');
  });

  test('a batch across partitions is refused with the index of the stranger', async () => {
    const part = (key: string) =>
      `--c\r\nContent-Type: application/http\r\n\r\nPOST ${origin()}/${ACCOUNT}/orders HTTP/1.1\r\n\r\n{"PartitionKey":"${key}","RowKey":"r"}\r\n`;
    const body = `--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n${part('one')}${part('two')}--c--\r\n--b--\r\n`;
    const response = await post('/$batch', body, { 'Content-Type': 'multipart/mixed; boundary=b' });
    expect(response.status).toBe(202);
    const text = await response.text();
    expect(text).toContain('CommandsInBatchActOnDifferentPartitions');
    expect(text).toContain('"value":"1:');
    expect((await send("/orders(PartitionKey='one',RowKey='r')")).status).toBe(404);
  });

  test('what was acknowledged is there after a restart on the same directory', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tables-'));
    const durable = await openStore({ directory });
    const first = await startTablesServer({ store: durable, port: 0, tables: ['orders'] });
    const { etag } = await clientFor(`http://127.0.0.1:${first.port}`, 'orders').createEntity({
      partitionKey: 'p',
      rowKey: 'r',
    });
    await first.close();
    await durable.close();

    const reopened = await openStore({ directory });
    const second = await startTablesServer({ store: reopened, port: 0 });
    const found = await clientFor(`http://127.0.0.1:${second.port}`, 'orders').getEntity('p', 'r');
    expect(found.etag).toBe(etag);
    await second.close();
    await reopened.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test('a row damaged in the store is named in the answer', async () => {
    const damaged: Store = {
      ...store,
      get: () => Promise.reject(new StoreCorruptError(corruptRow('tables.rows.x', 'p r', 1))),
    };
    const failing = await startTablesServer({ store: damaged, port: 0 });
    const address = `http://127.0.0.1:${failing.port}/${ACCOUNT}/orders(PartitionKey='p',RowKey='r')`;
    const response = await signedFetch(address);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('tables.rows.x');
    await failing.close();
  });

  test('closing waits for the requests under way', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    let isReached = false;
    const slow: Store = {
      ...store,
      commit: async (changes) => {
        isReached = true;
        await gate;
        return store.commit(changes);
      },
    };
    const closing = await startTablesServer({ store: slow, port: 0 });
    const write = clientFor(`http://127.0.0.1:${closing.port}`, 'orders').upsertEntity({
      partitionKey: 'c',
      rowKey: 'r',
    });
    await waitFor('the commit', () => isReached);
    const closed = closing.close();
    release();
    await expect(write).resolves.toBeDefined();
    await closed;
  });
});
