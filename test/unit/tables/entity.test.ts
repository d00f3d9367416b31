import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyOperation, type EntityOperation } from '../../../local/tables/apply-operation.ts';
import { decodeToken, encodeToken } from '../../../local/tables/continuation.ts';
import { type EdmValue, parseEdmValue } from '../../../local/tables/edm.ts';
import { checkEntity, type Entity, isValidKey } from '../../../local/tables/entity.ts';
import { entityToJson, readEntityBody } from '../../../local/tables/entity-json.ts';
import { decodeEntity, encodeEntity, recordKey } from '../../../local/tables/entity-record.ts';
import { compareText } from '../../../local/tables/text-order.ts';
import { createTimestamps, etagOf, parseTimestamp, shortTimestamp } from '../../../local/tables/timestamp.ts';

const now = '2026-01-01T00:00:00.0000000Z';
const key = fc.string({ unit: 'binary', maxLength: 6 }).filter(isValidKey);
const hex = fc.stringMatching(/^[\da-f]{32}$/);
const value: fc.Arbitrary<EdmValue> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }).map((text) => ({ type: 'Edm.String', value: text }) as const),
  fc.integer().map((number) => ({ type: 'Edm.Int32', value: number }) as const),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((number) => ({ type: 'Edm.Int64', value: String(number) }) as const),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((number) => ({ type: 'Edm.Double', value: number + 0 }) as const),
  fc.constantFrom('NaN', 'Infinity', '-Infinity').map((text) => ({ type: 'Edm.Double', value: text }) as const),
  fc.boolean().map((flag) => ({ type: 'Edm.Boolean', value: flag }) as const),
  fc.uint8Array().map((bytes) => ({ type: 'Edm.Binary', value: Buffer.from(bytes).toString('base64') }) as const),
  hex.map((text) => ({ type: 'Edm.Guid', value: text.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') }) as const),
  fc
    .date({ min: new Date('1601-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
    .map((date) => ({ type: 'Edm.DateTime', value: date.toISOString().replace('Z', '0000Z') }) as const),
);
const name = fc
  .stringMatching(/^[a-z_]\w{0,5}$/)
  .filter((text) => !['PartitionKey', 'RowKey', 'Timestamp'].includes(text));
const entity: fc.Arbitrary<Entity> = fc.record({
  partitionKey: key,
  rowKey: key,
  timestamp: fc.constant(now),
  properties: fc.array(fc.tuple(name, value), { maxLength: 5 }).map((pairs) => new Map(pairs)),
});

describe('entity', () => {
  test('any entity survives the store', () => {
    fc.assert(
      fc.property(entity, (each) => {
        expect(decodeEntity(encodeEntity(each))).toEqual(each);
      }),
    );
  });

  test('any entity survives an answer that is sent back', () => {
    const place = { account: 'http://host/account', accountName: 'account', table: 'orders' };
    fc.assert(
      fc.property(entity, (each) => {
        const body = JSON.stringify(entityToJson(each, 'fullmetadata', place));
        const { partitionKey, rowKey, properties } = each;
        expect(readEntityBody(body)).toEqual({ partitionKey, rowKey, properties });
      }),
    );
  });

  test('the order of store keys is that of PartitionKey, then RowKey', () => {
    const pair = fc.tuple(key, key);
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const stored = Math.sign(Buffer.compare(Buffer.from(recordKey(...a)), Buffer.from(recordKey(...b))));
        expect(stored).toBe(Math.sign(compareText(a[0], b[0]) || compareText(a[1], b[1])));
      }),
      { numRuns: 1000 },
    );
  });

  test('texts are in the order of their UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      { numRuns: 1000 },
    );
  });

  test('any continuation token is plain ASCII, not empty, and comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeToken(text)).toMatch(/^[\x21-\x7e]+$/);
        expect(decodeToken(encodeToken(text))).toBe(text);
      }),
    );
  });

  test.each([
    ['Edm.Int32', 2147483648],
    ['Edm.Int32', 1.5],
    ['Edm.Int64', '9223372036854775808'],
    ['Edm.Double', '0x10'],
    ['Edm.Double', ''],
    ['Edm.Boolean', 'yes'],
    ['Edm.Guid', 'no-guid'],
    ['Edm.Binary', '%%'],
    ['Edm.DateTime', '1600-12-31T23:59:59Z'],
    ['Edm.DateTime', ''],
    ['Edm.String', 5],
    [undefined, { nested: 1 }],
    [undefined, [1]],
  ])('a value is refused as %s: %s', (type, content) => {
    expect(() => parseEdmValue('property', content, type)).toThrow("The property 'property' does not hold");
  });

  test('an entity of exactly 1 MiB is taken and one byte more is not', () => {
    const filler: [string, EdmValue][] = Array.from({ length: 15 }, (_, index) => [
      `p${String(index).padStart(2, '0')}`,
      { type: 'Edm.Binary', value: Buffer.alloc(64 * 1024).toString('base64') },
    ]);
    // 4 for the entity, 4 for two keys of a character, 8 + 6 + 4 for each property.
    const rest = 1024 * 1024 - 8 - 15 * (18 + 64 * 1024) - 18;
    const sized = (bytes: number): Entity => ({
      partitionKey: 'p',
      rowKey: 'r',
      timestamp: now,
      properties: new Map([...filler, ['end', { type: 'Edm.Binary', value: Buffer.alloc(bytes).toString('base64') }]]),
    });
    expect(() => checkEntity(sized(rest))).not.toThrow();
    expect(() => checkEntity(sized(rest + 1))).toThrow('1048577 bytes');
  });
});

describe('a write', () => {
  const base: EntityOperation = {
    kind: 'merge',
    partitionKey: 'p',
    rowKey: 'r',
    properties: new Map([['b', { type: 'Edm.Int32', value: 2 }]]),
  };
  const current: Entity = {
    partitionKey: 'p',
    rowKey: 'r',
    timestamp: now,
    properties: new Map([['a', { type: 'Edm.Int32', value: 1 }]]),
  };
  const later = '2026-01-01T00:00:00.0000001Z';

  test.each([
    ['insert', undefined, false, 'b'],
    ['insert', undefined, true, 'EntityAlreadyExists'],
    ['merge', undefined, false, 'b'],
    ['merge', undefined, true, 'a,b'],
    ['merge', '*', false, 'ResourceNotFound'],
    ['merge', '*', true, 'a,b'],
    ['merge', etagOf(now), true, 'a,b'],
    ['merge', etagOf(later), true, 'UpdateConditionNotSatisfied'],
    ['merge', 'no etag', true, 'InvalidInput'],
    ['replace', undefined, true, 'b'],
    ['replace', etagOf(now), true, 'b'],
    ['replace', etagOf(now), false, 'ResourceNotFound'],
    ['delete', undefined, true, 'MissingRequiredHeader'],
    ['delete', '*', true, 'deleted'],
    ['delete', '*', false, 'ResourceNotFound'],
    ['delete', etagOf(later), true, 'UpdateConditionNotSatisfied'],
  ] as const)('%s with If-Match %s where there is an entity (%s) gives %s', (kind, ifMatch, exists, expected) => {
    const operation = { ...base, kind, ...(ifMatch !== undefined && { ifMatch }) };
    const outcome = (): string => {
      try {
        const entityAfter = applyOperation(operation, exists ? current : undefined, later);
        return entityAfter ? [...entityAfter.properties.keys()].join() : 'deleted';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(outcome()).toBe(expected);
  });
});

describe('timestamps', () => {
  test('no two are equal and each is later than the one before, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 50 }), (steps) => {
        let nowMs = 1_700_000_000_000;
        const next = createTimestamps({ now: () => nowMs });
        const seen = steps.map((step) => {
          nowMs += step - 1;
          return next();
        });
        expect(seen).toEqual([...new Set(seen)].toSorted());
      }),
    );
  });

  test('ten thousand in a stopped millisecond carry over into the next', () => {
    const next = createTimestamps({ now: () => 1_700_000_000_000 });
    const seen = Array.from({ length: 10_001 }, next);
    expect(seen[9_999]).toBe('2023-11-14T22:13:20.0009999Z');
    expect(seen[10_000]).toBe('2023-11-14T22:13:20.0010000Z');
  });

  test.each([
    ['2024-02-29T12:34:56.1234567Z', '2024-02-29T12:34:56.1234567Z'],
    ['2024-02-29T12:34:56Z', '2024-02-29T12:34:56.0000000Z'],
    ['2024-02-29T12:34Z', '2024-02-29T12:34:00.0000000Z'],
    ['2024-02-29T12:34:56.5', '2024-02-29T12:34:56.5000000Z'],
    ['2024-02-29T01:00:00+02:00', '2024-02-28T23:00:00.0000000Z'],
    ['2024-13-01T00:00:00Z', undefined],
    ['yesterday', undefined],
  ])('%s is read as %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  test('trailing zeros are left out of an answer', () => {
    expect(shortTimestamp('2024-02-29T12:34:56.1230000Z')).toBe('2024-02-29T12:34:56.123Z');
    expect(shortTimestamp('2024-02-29T12:34:50.0000000Z')).toBe('2024-02-29T12:34:50Z');
  });
});
