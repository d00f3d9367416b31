// The tables of an account, as the real client makes, lists and drops them.
import { odata, TableClient, TableServiceClient } from '@azure/data-tables';
import { expect } from 'vitest';
import {
  ACCOUNT,
  clientFor,
  connectionStringFor,
  credential,
  errorOf,
  originOf,
  rowKeys,
  type TableCase,
} from './client.ts';

function serviceOf(table: TableClient): TableServiceClient {
  return new TableServiceClient(`${originOf(table)}/${ACCOUNT}`, credential, { allowInsecureConnection: true });
}

async function tableNames(table: TableClient, filter?: string): Promise<string[]> {
  const service = serviceOf(table);
  const names: string[] = [];
  const tables = service.listTables(filter === undefined ? {} : { queryOptions: { filter } });
  for await (const each of tables) names.push(each.name ?? '');
  return names;
}

export const tableCases: readonly TableCase[] = [
  [
    'a table is listed from its creation to its deletion',
    async (table) => {
      expect(await tableNames(table)).toContain(table.tableName);
      await table.deleteTable();
      expect(await tableNames(table)).not.toContain(table.tableName);
    },
  ],

  [
    'a table is found by a filter on its name',
    async (table) => {
      expect(await tableNames(table, odata`TableName eq ${table.tableName}`)).toEqual([table.tableName]);
    },
  ],

  [
    'the account can be reached by connection string',
    async (table) => {
      const text = connectionStringFor(originOf(table));
      const client = TableClient.fromConnectionString(text, table.tableName, { allowInsecureConnection: true });
      await client.createEntity({ partitionKey: 'p', rowKey: 'r' });
      expect(await client.getEntity('p', 'r')).toMatchObject({ partitionKey: 'p', rowKey: 'r' });
    },
  ],

  [
    'a table name that breaks the rules is refused',
    async (table) => {
      expect((await errorOf(clientFor(originOf(table), '1bad').createTable())).status).toBe(400);
      expect((await errorOf(clientFor(originOf(table), 'ab').createTable())).status).toBe(400);
    },
  ],

  [
    'reading or writing in a missing table answers TableNotFound',
    async (table) => {
      const missing = clientFor(originOf(table), 'missingtable');
      expect(await errorOf(missing.createEntity({ partitionKey: 'p', rowKey: 'r' }))).toEqual({
        status: 404,
        code: 'TableNotFound',
      });
      expect((await errorOf(missing.getEntity('p', 'r'))).status).toBe(404);
    },
  ],

  [
    'a table made again after its deletion is empty',
    async (table) => {
      await table.createEntity({ partitionKey: 'p', rowKey: 'r' });
      await table.deleteTable();
      await table.createTable();
      expect(await rowKeys(table)).toEqual([]);
    },
  ],

  [
    'properties of the service come back as they were set, those not given as they were',
    async (table) => {
      const service = serviceOf(table);
      const rule = { allowedOrigins: 'https://shop.example', allowedMethods: 'GET', maxAgeInSeconds: 5 };
      const cors = [{ ...rule, allowedHeaders: 'x-ms-*', exposedHeaders: 'x-ms-*' }];
      await service.setProperties({ cors });
      const hourMetrics = { version: '1.0', enabled: false, retentionPolicy: { enabled: true, days: 7 } };
      await service.setProperties({ hourMetrics });
      const found = await service.getProperties();
      expect(found.cors?.[0]).toMatchObject(rule);
      expect(found.hourMetrics).toMatchObject(hourMetrics);
      expect(found.logging?.version).toBe('1.0');
    },
  ],

  [
    'the list of tables comes in pages',
    async (table) => {
      const names = ['x1', 'x2', 'x3'].map((suffix) => `${table.tableName}${suffix}`);
      for (const name of names) await clientFor(originOf(table), name).createTable();
      const filter = `TableName gt '${table.tableName}' and TableName lt '${table.tableName}z'`;
      const pages: string[][] = [];
      for await (const page of serviceOf(table).listTables({ queryOptions: { filter } }).byPage({ maxPageSize: 2 }))
        pages.push(page.map(({ name = '' }) => name));
      expect(pages).toEqual([names.slice(0, 2), names.slice(2)]);
    },
  ],
];
