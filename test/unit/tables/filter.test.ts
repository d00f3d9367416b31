// Filters against a plain predicate that is built beside their text.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EdmValue } from '../../../local/tables/edm.ts';
import type { Entity } from '../../../local/tables/entity.ts';
import { recordKey } from '../../../local/tables/entity-record.ts';
import { meets, propertyOf } from '../../../local/tables/filter/filter.ts';
import { keyRangeOf } from '../../../local/tables/filter/key-range.ts';
import { parseFilter } from '../../../local/tables/filter/parse-filter.ts';
import { TableError } from '../../../local/tables/table-error.ts';

interface Oracle {
  readonly text: string;
  readonly holds: (entity: Entity) => boolean;
}

const OPERATORS = {
  eq: (order: number) => order === 0,
  ne: (order: number) => order !== 0,
  gt: (order: number) => order > 0,
  ge: (order: number) => order >= 0,
  lt: (order: number) => order < 0,
  le: (order: number) => order <= 0,
} as const;

const operator = fc.constantFrom(...(Object.keys(OPERATORS) as (keyof typeof OPERATORS)[]));
// Few and short keys, so that filters often meet them; characters on both sides of the surrogates.
const key = fc.string({ unit: fc.constantFrom('a', 'b', "'", ' ', '\u{ffee}', '\u{1f600}'), maxLength: 3 });
const bytesOf = (text: string) => Buffer.from(text);
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

const entity: fc.Arbitrary<Entity> = fc
  .record({ partitionKey: key, rowKey: key, n: fc.option(fc.integer({ min: -3, max: 3 })), t: fc.option(key) })
  .map(({ n, t, ...keys }) => {
    const properties = new Map<string, EdmValue>();
    if (n !== null) properties.set('n', { type: 'Edm.Int32', value: n });
    if (t !== null) properties.set('t', { type: 'Edm.String', value: t });
    return { ...keys, timestamp: '2026-01-01T00:00:00.0000000Z', properties };
  });

const textOf = (name: string, { partitionKey, rowKey, properties }: Entity): string | undefined => {
  if (name === 'PartitionKey') return partitionKey;
  if (name === 'RowKey') return rowKey;
  return properties.get(name)?.value as string | undefined;
};

const onText: fc.Arbitrary<Oracle> = fc
  .tuple(fc.constantFrom('PartitionKey', 'RowKey', 't', 'missing'), operator, key, fc.boolean())
  .map(([name, op, literal, isMirrored]) => ({
    text: isMirrored ? `${quoted(literal)} ${mirror(op)} ${name}` : `${name} ${op} ${quoted(literal)}`,
    holds: (each) => {
      const value = textOf(name, each);
      return value !== undefined && OPERATORS[op](Buffer.compare(bytesOf(value), bytesOf(literal)));
    },
  }));

const onNumber: fc.Arbitrary<Oracle> = fc
  .tuple(operator, fc.integer({ min: -3, max: 3 }), fc.constantFrom('', 'L', '.0'))
  .map(([op, literal, suffix]) => ({
    text: `n ${op} ${literal}${suffix}`,
    holds: ({ properties }) => {
      const value = properties.get('n')?.value;
      return typeof value === 'number' && OPERATORS[op](value - literal);
    },
  }));

function mirror(op: keyof typeof OPERATORS): string {
  const mirrored = { gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' } as Record<string, string>;
  return mirrored[op] ?? op;
}

const { filter } = fc.letrec<{ filter: Oracle }>((tie) => ({
  filter: fc.oneof(
    // Eight comparisons at most: Azure takes fifteen.
    { maxDepth: 3 },
    onText,
    onNumber,
    fc.tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter')).map(([a, word, b]) => ({
      text: `(${a.text}) ${word} (${b.text})`,
      holds: (each: Entity) => (word === 'and' ? a.holds(each) && b.holds(each) : a.holds(each) || b.holds(each)),
    })),
    tie('filter').map((a) => ({ text: `not (${a.text})`, holds: (each: Entity) => !a.holds(each) })),
  ),
}));

function outcomeOf(text: string): string {
  try {
    parseFilter(text);
    return 'parsed';
  } catch (error) {
    return error instanceof TableError ? error.code : String(error);
  }
}

describe('filter', () => {
  test('any filter chooses what a plain predicate chooses', () => {
    fc.assert(
      fc.property(filter, fc.array(entity, { maxLength: 20 }), ({ text, holds }, entities) => {
        const parsed = parseFilter(text);
        for (const each of entities) expect(meets(parsed, propertyOf(each))).toBe(holds(each));
      }),
      { numRuns: 500 },
    );
  });

  test('what meets a filter lies in its key range', () => {
    fc.assert(
      fc.property(filter, fc.array(entity, { maxLength: 20 }), ({ text, holds }, entities) => {
        const { from = '', before } = keyRangeOf(parseFilter(text));
        for (const each of entities.filter(holds)) {
          const found = bytesOf(recordKey(each.partitionKey, each.rowKey));
          const isBefore = before === undefined || Buffer.compare(found, bytesOf(before)) < 0;
          expect(isBefore && Buffer.compare(found, bytesOf(from)) >= 0).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["PartitionKey eq 'p'", { from: 'p\u0001', before: 'p\u0002' }],
    ["PartitionKey eq 'p' and RowKey eq 'r'", { from: 'p\u0001r', before: 'p\u0001r\u0002' }],
    ["PartitionKey eq 'p' and RowKey ge 'a' and RowKey lt 'b'", { from: 'p\u0001a', before: 'p\u0001b' }],
    ["PartitionKey eq 'p' and RowKey gt 'a' and n eq 1", { from: 'p\u0001a\u0002', before: 'p\u0002' }],
    ["PartitionKey eq 'p' and (RowKey eq 'a' or RowKey eq 'c')", { from: 'p\u0001a', before: 'p\u0001c\u0002' }],
    ["PartitionKey ge 'a' and PartitionKey le 'b'", { from: 'a\u0001', before: 'b\u0002' }],
    ["PartitionKey gt 'a'", { from: 'a\u0002' }],
    ["not (PartitionKey lt 'a' or n eq 1)", { from: 'a\u0001' }],
    ["RowKey eq 'r'", {}],
    ["PartitionKey eq 'p' or n eq 1", {}],
    ["PartitionKey ge 'a\u0000'", {}],
  ])('%s reads only its range', (text, range) => {
    expect(keyRangeOf(parseFilter(text))).toEqual(range);
  });

  test('and binds closer than or, and not closer than both', () => {
    const chooses = (text: string, n: number) => meets(parseFilter(text), () => ({ type: 'Edm.Int32', value: n }));
    expect([1, 2, 3].filter((n) => chooses('n eq 1 or n eq 2 and n eq 3', n))).toEqual([1]);
    expect([1, 2, 3].filter((n) => chooses('not n eq 1 and n lt 3', n))).toEqual([2]);
  });

  test('a boolean property or constant may stand alone', () => {
    const isActive = (value: boolean) => () => ({ type: 'Edm.Boolean', value }) as const;
    expect(meets(parseFilter('active'), isActive(true))).toBe(true);
    expect(meets(parseFilter('not active'), isActive(true))).toBe(false);
    expect(meets(parseFilter('false'), isActive(true))).toBe(false);
  });

  test('numbers compare across their types without losing digits', () => {
    const long = () => ({ type: 'Edm.Int64', value: '9007199254740993' }) as const;
    expect(meets(parseFilter('n eq 9007199254740993L'), long)).toBe(true);
    expect(meets(parseFilter('n gt 9007199254740992L'), long)).toBe(true);
    expect(meets(parseFilter('n gt 1.5'), long)).toBe(true);
    expect(meets(parseFilter('n lt INF'), long)).toBe(true);
    expect(meets(parseFilter('n eq NaN'), () => ({ type: 'Edm.Double', value: 'NaN' }))).toBe(false);
  });

  test.each([
    ['', 'no property or value at character 1'],
    ['n eq', 'no property or value at character 5'],
    ['n eq 1 n', 'something left over at character 8'],
    ['1 eq 1', 'not between a property and a value at character 1'],
    ['n eq m', 'not between a property and a value at character 1'],
    ['(n eq 1', 'no closing parenthesis at character 8'],
    ['n eq 99999999999999999999', 'no Edm.Int64 at character 6'],
    ["at gt datetime'yesterday'", 'no Edm.DateTime at character 7'],
    ["raw eq X'0'", 'not hexadecimal at character 8'],
    ["startswith(t,'a')", 'neither a name, an operator nor a value at character 13'],
    [Array(16).fill('n eq 1').join(' or '), 'more than 15 comparisons at character 151'],
    ['n eq 1 & n eq 2', 'neither a name, an operator nor a value at character 8'],
  ])('%s is refused with the place of the fault', (text, problem) => {
    expect(() => parseFilter(text)).toThrow(problem);
  });

  test('any text is parsed or refused, never worse', () => {
    const words = fc.constantFrom(
      'n',
      'eq',
      'and',
      'or',
      'not',
      '(',
      ')',
      '1',
      '1L',
      "'x'",
      'true',
      "guid'",
      '-',
      '.',
      'é',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((list) => list.join(' ')),
        ),
        (text) => {
          expect(['parsed', 'InvalidInput']).toContain(outcomeOf(text));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
