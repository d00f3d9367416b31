import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromJson } from '../../../local/host/table/table-entity.ts';
import { quoteForFilter } from '../../../local/host/table/table-input.ts';
import { batchesOf } from '../../../local/host/table/table-output.ts';

const keys = { partitionKey: undefined, rowKey: undefined };

describe('an entity of an app', () => {
  it('has its keys in any case, and its own before those of the binding', () => {
    expect(fromJson({ PARTITIONKEY: 'p', rowkey: 1 }, { partitionKey: 'x', rowKey: 'y' })).toEqual({
      partitionKey: 'p',
      rowKey: '1',
    });
  });

  it('has Int64 for whole numbers and Double for others, and no nulls', () => {
    expect(fromJson({ PartitionKey: 'p', RowKey: 'r', a: 1, b: 1.5, c: true, d: 't', e: null }, keys)).toEqual({
      partitionKey: 'p',
      rowKey: 'r',
      a: { type: 'Int64', value: '1' },
      b: { type: 'Double', value: '1.5' },
      c: true,
      d: 't',
    });
  });
});

describe('the batches of entities', () => {
  it('are of one partition, at most 100, no row twice, and hold everything in order', () => {
    const entity = fc.record({
      partitionKey: fc.constantFrom('a', 'b', 'c'),
      rowKey: fc.nat(150).map(String),
      number: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(entity, { maxLength: 400, size: 'max' }), (entities) => {
        const batches = batchesOf(entities);
        for (const batch of batches) {
          expect(new Set(batch.map(({ partitionKey }) => partitionKey)).size).toBe(1);
          expect(batch.length).toBeLessThanOrEqual(100);
          expect(new Set(batch.map(({ rowKey }) => rowKey)).size).toBe(batch.length);
        }
        const ofPartition = (all: readonly { partitionKey: string }[], key: string) =>
          all.filter(({ partitionKey }) => partitionKey === key);
        for (const key of ['a', 'b', 'c']) expect(ofPartition(batches.flat(), key)).toEqual(ofPartition(entities, key));
      }),
    );
  });
});

describe('a value in a filter', () => {
  it('stays within its quotes', () => {
    expect(quoteForFilter("O'Hara", "Name eq '")).toBe("O''Hara");
    expect(quoteForFilter("' or '", "A eq 'x' and Name eq '")).toBe("'' or ''");
  });

  it('is a plain literal outside of quotes', () => {
    expect(quoteForFilter('-1.5', 'Age gt ')).toBe('-1.5');
    expect(() => quoteForFilter('1 or true', "A eq 'x' and Age gt ")).toThrow('cannot stand in');
  });
});
