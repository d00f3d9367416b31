// Who may do what: keys, shared access signatures of the account and of a table, stored access policies.
import {
  AzureNamedKeyCredential,
  AzureSASCredential,
  generateAccountSas,
  generateTableSas,
  TableClient,
  type TableSasSignatureValues,
} from '@azure/data-tables';
import { expect } from 'vitest';
import { ACCOUNT, credential, errorOf, originOf, rowKeys, type TableCase } from './client.ts';

const inAnHour = () => new Date(Date.now() + 3_600_000);
const anHourAgo = () => new Date(Date.now() - 3_600_000);
const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };

function bearing(table: TableClient, sas: string, name = table.tableName): TableClient {
  return new TableClient(`${originOf(table)}/${ACCOUNT}`, name, new AzureSASCredential(sas), options);
}

function bearingTableSas(table: TableClient, values: Partial<TableSasSignatureValues>): TableClient {
  return bearing(table, generateTableSas(table.tableName, credential, { expiresOn: inAnHour(), ...values }));
}

const all = { query: true, add: true, update: true, delete: true };
const statusOf = async (promise: Promise<unknown>) => (await errorOf(promise)).status;

export const signatureCases: readonly TableCase[] = [
  [
    'another key is refused',
    async (table) => {
      const other = new AzureNamedKeyCredential(ACCOUNT, Buffer.alloc(64).toString('base64'));
      const stranger = new TableClient(`${originOf(table)}/${ACCOUNT}`, table.tableName, other, options);
      expect(await statusOf(stranger.createEntity({ partitionKey: 'p', rowKey: 'r' }))).toBe(403);
      expect(await rowKeys(table)).toEqual([]);
    },
  ],

  [
    'an account SAS allows what its permissions say',
    async (table) => {
      const sasFor = (permissions: object) => generateAccountSas(credential, { expiresOn: inAnHour(), permissions });
      const writer = bearing(table, sasFor({ add: true, update: true, query: true }));
      await writer.createEntity({ partitionKey: 'p', rowKey: 'r', n: 1 });
      await writer.upsertEntity({ partitionKey: 'p', rowKey: 'r', n: 2 });
      expect(await writer.getEntity('p', 'r')).toMatchObject({ n: 2 });
      expect(await statusOf(writer.deleteEntity('p', 'r'))).toBe(403);
      const reader = bearing(table, sasFor({ query: true }));
      expect(await rowKeys(reader)).toEqual(['r']);
      expect(await errorOf(reader.createEntity({ partitionKey: 'p', rowKey: 's' }))).toEqual({
        status: 403,
        code: 'AuthorizationPermissionMismatch',
      });
      const creator = bearing(table, sasFor({ write: true, delete: true }), `${table.tableName}x`);
      await creator.createTable();
      await creator.deleteTable();
    },
  ],

  [
    'a table SAS allows what its permissions say, in that table only',
    async (table) => {
      await bearingTableSas(table, { permissions: { add: true } }).createEntity({ partitionKey: 'p', rowKey: 'r' });
      const reader = bearingTableSas(table, { permissions: { query: true } });
      expect(await rowKeys(reader)).toEqual(['r']);
      expect(await statusOf(reader.deleteEntity('p', 'r'))).toBe(403);
      expect(await statusOf(reader.submitTransaction([['delete', { partitionKey: 'p', rowKey: 'r' }]]))).toBe(403);
      const sas = generateTableSas(table.tableName, credential, { permissions: all });
      expect(await statusOf(rowKeys(bearing(table, sas, 'other')))).toBe(403);
      expect(await rowKeys(table)).toEqual(['r']);
    },
  ],

  [
    'a transaction is allowed by a table SAS',
    async (table) => {
      const writer = bearingTableSas(table, { permissions: all });
      await writer.submitTransaction([
        ['create', { partitionKey: 'p', rowKey: 'a' }],
        ['upsert', { partitionKey: 'p', rowKey: 'b' }],
      ]);
      expect(await rowKeys(writer)).toEqual(['a', 'b']);
    },
  ],

  [
    'an upsert needs the permission to add',
    async (table) => {
      const updater = bearingTableSas(table, { permissions: { update: true } });
      await table.createEntity({ partitionKey: 'p', rowKey: 'r' });
      await updater.updateEntity({ partitionKey: 'p', rowKey: 'r', n: 1 });
      expect(await statusOf(updater.upsertEntity({ partitionKey: 'p', rowKey: 's' }))).toBe(403);
    },
  ],

  [
    'a signature for a range sees and changes that range only',
    async (table) => {
      for (const key of ['a', 'b', 'c', 'd'])
        for (const row of ['1', '2']) await table.createEntity({ partitionKey: key, rowKey: `${key}${row}` });
      const range = { startPartitionKey: 'b', startRowKey: 'b2', endPartitionKey: 'c', endRowKey: 'c1' };
      const bearer = bearingTableSas(table, { permissions: all, ...range });
      expect(await rowKeys(bearer)).toEqual(['b2', 'c1']);
      expect(await rowKeys(bearer, "PartitionKey ge 'c'")).toEqual(['c1']);
      expect(await statusOf(bearer.getEntity('c', 'c2'))).toBe(404);
      expect(await statusOf(bearer.deleteEntity('b', 'b1'))).toBe(403);
      expect(await statusOf(bearer.createEntity({ partitionKey: 'd', rowKey: 'new' }))).toBe(403);
      await bearer.createEntity({ partitionKey: 'b', rowKey: 'b9' });
      const partitions = bearingTableSas(table, { permissions: all, startPartitionKey: 'a', endPartitionKey: 'a' });
      expect(await rowKeys(partitions)).toEqual(['a1', 'a2']);
    },
  ],

  [
    'an expired, a premature and a changed signature are refused',
    async (table) => {
      const refused = { status: 403, code: 'AuthenticationFailed' };
      const expired = bearingTableSas(table, { permissions: all, startsOn: new Date(0), expiresOn: anHourAgo() });
      expect(await errorOf(rowKeys(expired))).toEqual(refused);
      expect(await errorOf(rowKeys(bearingTableSas(table, { permissions: all, startsOn: inAnHour() })))).toEqual(
        refused,
      );
      const honest = generateTableSas(table.tableName, credential, { permissions: { query: true } });
      expect(await rowKeys(bearing(table, honest))).toEqual([]);
      expect(await errorOf(rowKeys(bearing(table, honest.replace('sp=r', 'sp=raud'))))).toEqual(refused);
    },
  ],

  [
    'stored access policies come back as they were set',
    async (table) => {
      const accessPolicy = { start: anHourAgo(), expiry: inAnHour(), permission: 'ra' };
      await table.setAccessPolicy([{ id: 'first & <only>', accessPolicy }]);
      const [stored] = await table.getAccessPolicy();
      expect(stored).toMatchObject({ id: 'first & <only>', accessPolicy: { permission: 'ra' } });
      await table.setAccessPolicy([]);
      expect([...(await table.getAccessPolicy())]).toEqual([]);
    },
  ],

  [
    'a signature that names a stored policy is worth what the policy is, and nothing without it',
    async (table) => {
      const accessPolicy = { expiry: inAnHour(), permission: 'ra' };
      await table.setAccessPolicy([{ id: 'shop', accessPolicy }]);
      const sas = generateTableSas(table.tableName, credential, { identifier: 'shop' });
      const bearer = bearing(table, sas);
      await bearer.createEntity({ partitionKey: 'p', rowKey: 'r' });
      expect(await rowKeys(bearer)).toEqual(['r']);
      expect(await statusOf(bearer.deleteEntity('p', 'r'))).toBe(403);
      await table.setAccessPolicy([]);
      expect(await statusOf(rowKeys(bearer))).toBe(403);
    },
  ],
];
