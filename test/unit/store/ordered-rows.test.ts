import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderedRows } from '../../../local/store/ordered-rows.ts';

const inBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('rows in memory', () => {
  it('come in the order of the UTF-8 bytes of their keys, whatever was put and removed between two scans', () => {
    const key = fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.integer({ max: 600, min: 0 }).map(String));
    const step = fc.record({ key, does: fc.constantFrom('put', 'put', 'remove') });
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 400 }), { maxLength: 4 }), key, key, (rounds, from, before) => {
        const rows = new OrderedRows();
        const expected = new Set<string>();
        for (const steps of rounds) {
          for (const { key: name, does } of steps) {
            if (does === 'put') rows.put({ key: name, value: new Uint8Array(1) });
            else rows.remove(name);
            expected[does === 'put' ? 'add' : 'delete'](name);
          }
          const between = [...expected].filter((name) => inBytes(from, name) <= 0 && inBytes(name, before) < 0);
          const found = rows.range(from, before, 1000).map((row) => row.key);
          expect(found).toEqual(between.toSorted(inBytes));
        }
      }),
    );
  });

  it('come no more than asked for', () => {
    const rows = new OrderedRows();
    for (let index = 0; index < 1000; index += 1)
      rows.put({ key: String(index).padStart(4, '0'), value: new Uint8Array(1) });
    expect(rows.range('0300', undefined, 2).map(({ key }) => key)).toEqual(['0300', '0301']);
  });
});
