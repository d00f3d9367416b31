import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8, parseJson } from '../../../../shared/kernel/parse-json.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

test('JSON of 32 levels is taken, of 33 refused', () => {
  expect(parseJson(nested(32))).toBeDefined();
  expect(() => parseJson(nested(33))).toThrow(expect.objectContaining({ code: 'invalid-json' }));
});

test.each([
  ['closed', nested(100_000)],
  ['open', '['.repeat(100_000)],
  ['of objects', '{"a":'.repeat(100_000)],
])('100,000 levels are refused: %s', (_what, text) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'invalid-json' }));
});

test('whatever JSON is at most 32 deep comes as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('brackets in strings are no levels', () => {
  const text = JSON.stringify({ a: `\\"${'['.repeat(200)}`, b: '\\' });
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test('__proto__ is a key like another and changes no prototype', () => {
  const value = parseJson('{"__proto__": {"admin": true}}');
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect({}).not.toHaveProperty('admin');
});

test('bytes that are no UTF-8 are refused', () => {
  expect(() => decodeUtf8(Uint8Array.of(0xff))).toThrow(expect.objectContaining({ code: 'invalid-json' }));
});
