import { HttpRequest } from '@azure/functions';
import { expect, test } from 'vitest';
import { callerOf } from '../../../../../shared/adapters/functions/caller.ts';
import { readIdempotencyClaim } from '../../../../../shared/adapters/functions/idempotency-key.ts';

const request = (headers: Record<string, string> = {}): HttpRequest =>
  new HttpRequest({ method: 'POST', url: 'http://127.0.0.1/api/v1/orders', headers });

const body = new TextEncoder().encode('{}');

test.each(['k', 'a key of words', '~'.repeat(255)])('the key %s is taken', (key) => {
  expect(readIdempotencyClaim(request({ 'idempotency-key': key }), body, 'ada')).toMatchObject({ caller: 'ada', key });
});

test.each(['', '~'.repeat(256), 'é', 'a\tb'])('the key %j is refused', (key) => {
  expect(() => readIdempotencyClaim(request({ 'idempotency-key': key }), body, 'ada')).toThrow(
    expect.objectContaining({
      code: 'invalid-request',
      errors: [expect.objectContaining({ pointer: 'Idempotency-Key' })],
    }),
  );
});

test('without a key nothing is claimed', () => {
  expect(readIdempotencyClaim(request(), body)).toBeUndefined();
});

test('a claim stands for the bytes of the body', () => {
  const hashOf = (text: string) =>
    readIdempotencyClaim(request({ 'idempotency-key': 'k' }), new TextEncoder().encode(text))?.requestHash;
  expect(hashOf('{"a":1}')).toBe(hashOf('{"a":1}'));
  expect(hashOf('{"a":1}')).not.toBe(hashOf('{"a": 1}'));
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:51234', '203.0.113.7'],
  ['198.51.100.1, 203.0.113.7:51234', '203.0.113.7'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['', 'unknown'],
])('a client behind X-Forwarded-For %j is %s, whatever it wrote before the last hop', (header, caller) => {
  expect(callerOf(request(header === '' ? {} : { 'x-forwarded-for': header }))).toBe(caller);
});

test('a customer that is named is the caller', () => {
  expect(callerOf(request({ 'x-forwarded-for': '203.0.113.7' }), 'ada')).toBe('ada');
});
