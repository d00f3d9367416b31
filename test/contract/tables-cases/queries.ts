// Filters, projections and pages.
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { expect } from 'vitest';
import { errorOf, rowKeys, type TableCase } from './client.ts';

type Row = { partitionKey: string; rowKey: string } & Record<string, unknown>;

async function insert(table: TableClient, rows: readonly Row[]): Promise<void> {
  await Promise.all(rows.map((row) => table.createEntity(row)));
}

export const queryCases: readonly TableCase[] = [
  [
    'entities come in the order of their keys',
    async (table) => {
      await insert(
        table,
        ['b', 'a', 'A', '10', '9', 'ab', 'ä'].flatMap((partitionKey) => [
          { partitionKey, rowKey: `${partitionKey}2` },
          { partitionKey, rowKey: `${partitionKey}1` },
        ]),
      );
      const expected = ['10', '9', 'A', 'a', 'ab', 'b', 'ä'].flatMap((key) => [`${key}1`, `${key}2`]);
      expect(await rowKeys(table)).toEqual(expected);
    },
  ],

  [
    'filters compare each type',
    async (table) => {
      const guid = '6f1ed002-ab5c-4b3c-9f3e-0123456789ab';
      await insert(table, [
        {
          partitionKey: 'p',
          rowKey: 'low',
          n: 1,
          d: 0.5,
          t: 'apple',
          b: false,
          at: new Date('2020-01-01T00:00:00Z'),
        },
        { partitionKey: 'p', rowKey: 'top', n: 7, d: 2.5, t: 'pear', b: true, at: new Date('2024-01-01T00:00:00Z') },
        {
          partitionKey: 'p',
          rowKey: 'x',
          long: 5_000_000_000n,
          id: { type: 'Guid', value: guid },
          raw: new Uint8Array([1, 255]),
        },
      ]);
      const expected: [filter: string, keys: string[]][] = [
        ['n eq 7', ['top']],
        ['n ne 7', ['low']],
        ['n gt 1', ['top']],
        ['n ge 1', ['low', 'top']],
        ['n lt 7', ['low']],
        ['n le 0', []],
        ['d gt 0.75', ['top']],
        ["t ge 'b'", ['top']],
        ["t eq 'apple' or t eq 'pear'", ['low', 'top']],
        ['b eq true', ['top']],
        ["at gt datetime'2022-06-01T00:00:00Z'", ['top']],
        ['long eq 5000000000L', ['x']],
        [`id eq guid'${guid}'`, ['x']],
        ["raw eq X'01ff'", ['x']],
        ["raw eq binary'01ff'", ['x']],
        ["PartitionKey eq 'p' and (n eq 1 or d eq 2.5)", ['low', 'top']],
        ["PartitionKey eq 'p' and RowKey ge 'top' and RowKey lt 'y'", ['top', 'x']],
        ["RowKey eq 'low'", ['low']],
        ["PartitionKey eq 'q'", []],
      ];
      for (const [filter, keys] of expected) expect([filter, await rowKeys(table, filter)]).toEqual([filter, keys]);
    },
  ],

  [
    'a quote in a filter is doubled by odata and found',
    async (table) => {
      await insert(table, [{ partitionKey: 'p', rowKey: 'r', name: "O'Brien" }]);
      expect(await rowKeys(table, odata`name eq ${"O'Brien"}`)).toEqual(['r']);
    },
  ],

  [
    'a comparison with a missing property is false',
    async (table) => {
      await insert(table, [
        { partitionKey: 'p', rowKey: 'with', name: 'x' },
        { partitionKey: 'p', rowKey: 'without' },
      ]);
      expect(await rowKeys(table, "name ne ''")).toEqual(['with']);
      expect(await rowKeys(table, "name lt 'z'")).toEqual(['with']);
    },
  ],

  [
    'a comparison with a property of another type is false',
    async (table) => {
      await insert(table, [
        { partitionKey: 'p', rowKey: 'number', v: 7 },
        { partitionKey: 'p', rowKey: 'text', v: '7' },
        { partitionKey: 'p', rowKey: 'flag', v: true },
        { partitionKey: 'p', rowKey: 'time', v: new Date('2026-01-01T00:00:00Z') },
      ]);
      expect(await rowKeys(table, 'v eq 7')).toEqual(['number']);
      expect(await rowKeys(table, "v eq '7'")).toEqual(['text']);
      expect(await rowKeys(table, 'v eq true')).toEqual(['flag']);
      expect(await rowKeys(table, "v gt datetime'2025-01-01T00:00:00Z'")).toEqual(['time']);
    },
  ],

  [
    'not turns a comparison round',
    async (table) => {
      await insert(table, [
        { partitionKey: 'p', rowKey: 'a', n: 1 },
        { partitionKey: 'p', rowKey: 'b', n: 2 },
      ]);
      expect(await rowKeys(table, 'not (n eq 1)')).toEqual(['b']);
      expect(await rowKeys(table, "not (RowKey lt 'b')")).toEqual(['b']);
    },
  ],

  [
    'the property may stand on the right',
    async (table) => {
      await insert(table, [{ partitionKey: 'p', rowKey: 'r', n: 3 }]);
      expect(await rowKeys(table, '2 lt n')).toEqual(['r']);
    },
  ],

  [
    'a filter that makes no sense is refused',
    async (table) => {
      for (const filter of ['n eq', 'eq 1', 'n eq null', 'n equals 1', '(n eq 1', 'n eq 1)', "n eq 'x", 'n eq 1 and']) {
        expect([filter, await errorOf(rowKeys(table, filter))]).toEqual([
          filter,
          { status: 400, code: 'InvalidInput' },
        ]);
      }
    },
  ],

  [
    'select leaves only what it names',
    async (table) => {
      await insert(table, [{ partitionKey: 'p', rowKey: 'r', a: 1, b: 2 }]);
      const { value: entity } = await table.listEntities({ queryOptions: { select: ['rowKey', 'b'] } }).next();
      expect(entity).toMatchObject({ rowKey: 'r', b: 2 });
      expect(entity).not.toHaveProperty('a');
      expect(entity).not.toHaveProperty('partitionKey');
    },
  ],

  [
    'a page ends at 1,000 entities and the next goes on',
    async (table) => {
      for (let base = 0; base < 1100; base += 100) {
        const actions = Array.from({ length: 100 }, (_, index): TransactionAction => {
          const rowKey = String(base + index).padStart(5, '0');
          return ['create', { partitionKey: "ü'+", rowKey, n: base + index }];
        });
        await table.submitTransaction(actions);
      }
      const pages = [];
      for await (const page of table.listEntities().byPage()) pages.push(page.length);
      expect(pages).toEqual([1000, 100]);
      expect(await rowKeys(table, 'n ge 1000')).toHaveLength(100);
    },
  ],

  [
    'the page size is kept and the last page says that it is the last',
    async (table) => {
      await insert(
        table,
        Array.from({ length: 6 }, (_, index) => ({ partitionKey: 'p', rowKey: `r${index}` })),
      );
      const pages: string[][] = [];
      for await (const page of table.listEntities().byPage({ maxPageSize: 3 })) {
        pages.push(page.map((entity) => entity.rowKey ?? ''));
      }
      expect(pages).toEqual([
        ['r0', 'r1', 'r2'],
        ['r3', 'r4', 'r5'],
      ]);
    },
  ],
];
