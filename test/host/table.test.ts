import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../local/store/store.ts';
import { startTablesServer, type TablesServer } from '../../local/tables/server.ts';
import { startHostProcess, type HostProcess } from './support/host-process.ts';
import { account, key } from './support/local-storage.ts';

let store: Store;
let tables: TablesServer;
let people: TableClient;
let host: HostProcess;

beforeAll(async () => {
  store = await openStore({ ephemeral: true });
  tables = await startTablesServer({ store, port: 0 });
  const connection =
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};` +
    `TableEndpoint=http://127.0.0.1:${tables.port}/${account};`;
  people = TableClient.fromConnectionString(connection, 'People', { allowInsecureConnection: true });
  host = await startHostProcess({ app: 'table', environment: { Tables: connection } });
});
afterAll(async () => {
  await host.stop();
  await tables.close();
  await store.close();
});

const get = async (path: string): Promise<unknown> => (await fetch(`${host.origin}/api/${path}`)).json();
const put = async (body: unknown) =>
  (await fetch(`${host.origin}/api/putPeople`, { method: 'POST', body: JSON.stringify(body) })).status;

describe('a table input', () => {
  it('gives nothing while there is no such table', async () => {
    expect(await get('people/red/1')).toBe('nobody');
    expect(await get('teams/red')).toEqual([]);
  });
});

describe('a table output', () => {
  it('makes the table and inserts one entity or many, of several partitions', async () => {
    expect(await put({ PartitionKey: 'red', RowKey: '1', Name: 'Ann', Age: 30, Weight: 61.5, Member: true })).toBe(201);
    expect(
      await put([
        { partitionKey: 'red', rowKey: '2', Name: "O'Hara", Age: 40 },
        { PartitionKey: 'blue', RowKey: '1', Name: 'Bob', Age: 50 },
        { PartitionKey: 'red', RowKey: '3', Name: 'Cid', Age: 60, Nothing: null },
      ]),
    ).toBe(201);
    expect(await people.getEntity('red', '1')).toMatchObject({ Name: 'Ann', Age: 30n, Weight: 61.5, Member: true });
    expect(await people.getEntity('blue', '1')).toMatchObject({ Name: 'Bob' });
  });

  it('fails the call for an entity that is there already, and leaves it as it was', async () => {
    expect(await put({ PartitionKey: 'red', RowKey: '1', Name: 'Another' })).toBe(500);
    expect(await people.getEntity('red', '1')).toMatchObject({ Name: 'Ann' });
    expect(await host.saw('The specified entity already exists')).toBe(true);
  });

  it('fails the call for what a table does not take', async () => {
    expect(await put({ PartitionKey: 'red', RowKey: '9', Deep: { a: 1 } })).toBe(500);
    expect(await host.saw("The property 'Deep' of an entity is an object or array")).toBe(true);
    expect(await put({ RowKey: '9' })).toBe(500);
    expect(await host.saw('An entity needs a PartitionKey and a RowKey')).toBe(true);
  });

  it('takes the keys of its binding where the entity has none', async () => {
    const answer = await fetch(`${host.origin}/api/putKeyed?id=k1`, { method: 'POST' });
    expect(answer.status).toBe(201);
    expect(await people.getEntity('fixed', 'k1')).toMatchObject({ Name: 'Keyed' });
  });
});

describe('a table input', () => {
  it("gives one entity by both keys, its keys under .NET's names", async () => {
    expect(await get('people/red/1')).toMatchObject({
      PartitionKey: 'red',
      RowKey: '1',
      Name: 'Ann',
      Age: 30,
      Weight: 61.5,
      Member: true,
    });
    expect(await get('people/red/none')).toBe('nobody');
  });

  it('gives the entities of a partition', async () => {
    const found = (await get('teams/red')) as { RowKey: string }[];
    expect(found.map(({ RowKey }) => RowKey)).toEqual(['1', '2', '3']);
  });

  it('gives what meets a filter, as many as it takes', async () => {
    const names = async (query: string) =>
      ((await get(`search?${query}`)) as { Name: string }[]).map(({ Name }) => Name).toSorted();
    expect(await names("name=O'Hara&above=1000")).toEqual(["O'Hara"]);
    expect(await names('name=Ann&above=1000')).toEqual(['Ann']);
    expect(await names('name=none&above=0')).toHaveLength(2);
  });

  it('does not let a value break out of the filter', async () => {
    expect(await get("search?name=x' or Age gt 0 or Name eq '&above=1000")).toEqual([]);
    expect((await fetch(`${host.origin}/api/search?name=x&above=0 or true`)).status).toBe(500);
  });
});
