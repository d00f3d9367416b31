// What the real client must find at an endpoint of the Table service: run against ours and, where it is right, Azurite's.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { batchCases } from './tables-cases/batches.ts';
import { clientFor, type TableCase } from './tables-cases/client.ts';
import { entityCases } from './tables-cases/entities.ts';
import { queryCases } from './tables-cases/queries.ts';
import { signatureCases } from './tables-cases/signatures.ts';
import { tableCases } from './tables-cases/tables.ts';

/** @param wrong titles of the cases the endpoint gets wrong, each with the reason */
export function describeTables(origin: () => string, wrong: Readonly<Record<string, string>> = {}): void {
  function runs(cases: readonly TableCase[]): void {
    test.for(cases)('%s', async ([title, run], { skip }) => {
      skip(Object.hasOwn(wrong, title), wrong[title]);
      expect.hasAssertions();
      const table = clientFor(origin(), `t${randomUUID().replaceAll('-', '')}`);
      await table.createTable();
      await run(table);
    });
  }

  describe('tables', () => {
    runs(tableCases);
  });
  describe('entities', () => {
    runs(entityCases);
  });
  describe('queries', () => {
    runs(queryCases);
  });
  describe('batches', () => {
    runs(batchCases);
  });
  describe('signatures', () => {
    runs(signatureCases);
  });

  test('every case said to be wrong exists', () => {
    const titles = [...tableCases, ...entityCases, ...queryCases, ...batchCases, ...signatureCases].map(
      ([title]) => title,
    );
    expect(titles).toEqual(expect.arrayContaining(Object.keys(wrong)));
  });
}
