import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowChecksum } from '../../../local/store/checksum.ts';
import { packValues, unpackValues } from '../../../local/store/packed-values.ts';
import { uncommittedTailBytes } from '../../../local/store/wal-tail.ts';

describe('packed values', () => {
  test('any values come back, null and empty told apart', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.uint8Array({ maxLength: 20 }))), (values) => {
        expect(unpackValues(packValues(values)).map((value) => value && [...value])).toEqual(
          values.map((value) => value && [...value]),
        );
      }),
    );
  });
});

describe('row checksum', () => {
  test('it changes with the space, the key and every bit of the value', () => {
    const value = Uint8Array.from([1, 2, 3]);
    const whole = rowChecksum('space', 'key', value);
    expect(rowChecksum('spac', 'ekey', value)).not.toBe(whole);
    expect(rowChecksum('space', 'kez', value)).not.toBe(whole);
    for (let bit = 0; bit < 24; bit += 1) {
      const flipped = Uint8Array.from(value, (byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(rowChecksum('space', 'key', flipped)).not.toBe(whole);
    }
  });
});

describe('WAL tail', () => {
  const pageSize = 512;
  const header = Buffer.alloc(32);
  header.writeUInt32BE(pageSize, 8);
  header.write('saltsalt', 16, 'latin1');

  function frame(isCommit: boolean, salt = 'saltsalt'): Buffer {
    const bytes = Buffer.alloc(24 + pageSize);
    bytes.writeUInt32BE(isCommit ? 7 : 0, 4);
    bytes.write(salt, 8, 'latin1');
    return bytes;
  }

  test.each([
    ['an empty file', [], 0],
    ['a cut header', [header.subarray(0, 20)], 20],
    ['nothing but a header', [header], 0],
    ['commits only', [header, frame(true), frame(false), frame(true)], 0],
    ['a frame without its commit', [header, frame(true), frame(false)], 24 + pageSize],
    ['a cut commit frame', [header, frame(true), frame(true).subarray(0, 100)], 100],
    ['frames of an older generation', [header, frame(true), frame(false, 'oldgener')], 0],
  ])('of %s', (_name, parts, expected) => {
    expect(uncommittedTailBytes(Buffer.concat(parts))).toBe(expected);
  });
});
