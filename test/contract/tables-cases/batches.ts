// Entity group transactions: all or nothing within one partition.
import type { TransactionAction } from '@azure/data-tables';
import { expect } from 'vitest';
import { rowKeys, type TableCase } from './client.ts';

export const batchCases: readonly TableCase[] = [
  [
    'all actions of a batch apply together',
    async (table) => {
      await table.createEntity({ partitionKey: 'p', rowKey: 'old', n: 1 });
      await table.createEntity({ partitionKey: 'p', rowKey: 'gone' });
      const answer = await table.submitTransaction([
        ['create', { partitionKey: 'p', rowKey: 'new', text: 'größer\nzwei' }],
        ['update', { partitionKey: 'p', rowKey: 'old', m: 2 }, 'Merge'],
        ['upsert', { partitionKey: 'p', rowKey: 'other', n: 3 }, 'Replace'],
        ['delete', { partitionKey: 'p', rowKey: 'gone' }],
      ]);
      expect(answer.status).toBe(202);
      expect(answer.subResponses.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
      expect(answer.getResponseForEntity('new')?.etag).toBe((await table.getEntity('p', 'new')).etag);
      expect(await rowKeys(table)).toEqual(['new', 'old', 'other']);
      expect(await table.getEntity('p', 'old')).toMatchObject({ n: 1, m: 2 });
      expect(await table.getEntity('p', 'new')).toMatchObject({ text: 'größer\nzwei' });
    },
  ],

  [
    'a refused action undoes the whole batch and is named by its index',
    async (table) => {
      await table.createEntity({ partitionKey: 'p', rowKey: 'taken' });
      const refused = table.submitTransaction([
        ['create', { partitionKey: 'p', rowKey: 'a' }],
        ['create', { partitionKey: 'p', rowKey: 'taken' }],
        ['create', { partitionKey: 'p', rowKey: 'b' }],
      ]);
      await expect(refused).rejects.toMatchObject({ statusCode: 409, code: 'EntityAlreadyExists' });
      await expect(refused).rejects.toThrow(/^1:/);
      expect(await rowKeys(table)).toEqual(['taken']);
    },
  ],

  [
    'an outdated ETag in a batch is refused with 412',
    async (table) => {
      const { etag = '' } = await table.createEntity({ partitionKey: 'p', rowKey: 'r', n: 1 });
      await table.updateEntity({ partitionKey: 'p', rowKey: 'r', n: 2 });
      const refused = table.submitTransaction([
        ['create', { partitionKey: 'p', rowKey: 'a' }],
        ['update', { partitionKey: 'p', rowKey: 'r', n: 3 }, 'Merge', { etag }],
      ]);
      await expect(refused).rejects.toMatchObject({ statusCode: 412, code: 'UpdateConditionNotSatisfied' });
      expect(await rowKeys(table)).toEqual(['r']);
    },
  ],

  [
    'a batch of 100 is taken and one of 101 is not',
    async (table) => {
      const actions = (count: number): TransactionAction[] =>
        Array.from({ length: count }, (_, index) => ['create', { partitionKey: String(count), rowKey: String(index) }]);
      expect((await table.submitTransaction(actions(100))).subResponses).toHaveLength(100);
      await expect(table.submitTransaction(actions(101))).rejects.toMatchObject({ code: 'InvalidInput' });
      expect(await rowKeys(table, "PartitionKey eq '101'")).toEqual([]);
    },
  ],

  [
    'a row that stands in a batch twice is refused',
    async (table) => {
      const refused = table.submitTransaction([
        ['create', { partitionKey: 'p', rowKey: 'r' }],
        ['upsert', { partitionKey: 'p', rowKey: 'r' }],
      ]);
      await expect(refused).rejects.toMatchObject({ statusCode: 400, code: 'InvalidDuplicateRow' });
    },
  ],

  [
    'of two batches that meet in one row exactly one is taken',
    async (table) => {
      const batch = (id: number) =>
        table
          .submitTransaction([
            ['create', { partitionKey: 'p', rowKey: 'shared', id }],
            ['create', { partitionKey: 'p', rowKey: `own-${id}` }],
          ])
          .then(
            () => id,
            () => undefined,
          );
      const taken = (await Promise.all([1, 2, 3, 4, 5].map(batch))).filter((id) => id !== undefined);
      expect(taken).toHaveLength(1);
      expect(await rowKeys(table)).toEqual([`own-${taken[0]}`, 'shared']);
    },
  ],
];
