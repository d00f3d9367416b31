import { expect, test } from 'vitest';
import type { AppError } from '../../../../shared/kernel/errors.ts';
import {
  checkReading,
  mostAheadMs,
  parseReading,
  retentionMs,
  toReading,
} from '../../../../shared/telemetry/reading.ts';

const now = Date.UTC(2030, 0, 1, 12);
const valid = { deviceId: 'pump:7', timestamp: '2030-01-01T11:59:30Z', sequence: 3, values: { temperature: 21.5 } };

const codeOf = (value: unknown): string => {
  try {
    checkReading(value, now);
    return 'taken';
  } catch (error) {
    return (error as AppError).code;
  }
};

test('a reading is its device, its time in ms, its sequence and its values', () => {
  expect(toReading(valid, now)).toEqual({
    deviceId: 'pump:7',
    at: Date.UTC(2030, 0, 1, 11, 59, 30),
    sequence: 3,
    values: { temperature: 21.5 },
  });
});

test('a time with an offset is the same moment, and finer than a millisecond it stays apart', () => {
  const at = (timestamp: string): number => toReading({ ...valid, timestamp }, now).at;
  expect(at('2030-01-01T13:59:30+02:00')).toBe(at('2030-01-01T11:59:30Z'));
  expect(at('2030-01-01T11:59:30.123500Z') - at('2030-01-01T11:59:30.123Z')).toBeCloseTo(0.5, 3);
});

test.each([
  ['no time', { ...valid, timestamp: undefined }],
  ['a time that is none', { ...valid, timestamp: '2030-02-31T00:00:00Z' }],
  ['a time without a zone', { ...valid, timestamp: '2030-01-01T11:59:30' }],
  ['no device', { ...valid, deviceId: '' }],
  ['a device id with a slash', { ...valid, deviceId: 'a/b' }],
  ['a device id of 129 characters', { ...valid, deviceId: 'd'.repeat(129) }],
  ['a negative sequence', { ...valid, sequence: -1 }],
  ['a broken sequence', { ...valid, sequence: 1.5 }],
  ['no values', { ...valid, values: {} }],
  ['a value that is a text', { ...valid, values: { temperature: '21' } }],
  ['a value that is null, as NaN is in JSON', { ...valid, values: { temperature: null } }],
  ['NaN', { ...valid, values: { temperature: Number.NaN } }],
  ['a value whose square has no place in a double', { ...valid, values: { temperature: 1e308 } }],
  ['an infinite value', { ...valid, values: { temperature: -Infinity } }],
  ['33 metrics', { ...valid, values: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`m${n}`, n])) }],
  ['a list', [valid]],
  ['nothing', null],
])('%s is refused', (_, value) => {
  expect(codeOf(value)).toBe('invalid-reading');
});

test('a clock may be ten minutes ahead, not more', () => {
  const at = (ms: number): unknown => ({ ...valid, timestamp: new Date(ms).toISOString() });
  expect(codeOf(at(now + mostAheadMs))).toBe('taken');
  expect(codeOf(at(now + mostAheadMs + 1))).toBe('reading-from-the-future');
  expect(codeOf(at(now - retentionMs))).toBe('taken');
  expect(codeOf(at(now - retentionMs - 1))).toBe('reading-too-old');
});

test.each([['{'], ['nonsense'], ['']])('an event whose body is %o is refused', (text) => {
  expect(() => parseReading(Buffer.from(text), now)).toThrow('not JSON');
});

test('an event that is not UTF-8 is refused', () => {
  expect(() => parseReading(Buffer.from([0x22, 0xff, 0x22]), now)).toThrow('not JSON in UTF-8');
});
