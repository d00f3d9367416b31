import { describe, expect, test } from 'vitest';
import { parseForm, textOf, textsOf } from '../../../../local/stand-ins/payments/form.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('parseForm', () => {
  test('nests brackets', () => {
    expect(plain(parseForm('amount=5&metadata[orderId]=o%2F1&metadata[a][b]=c'))).toEqual({
      amount: '5',
      metadata: { orderId: 'o/1', a: { b: 'c' } },
    });
  });

  test('keeps array entries by index, numbered or not', () => {
    expect(plain(parseForm('expand[0]=x&expand[1]=y&types[]=card&types[]=bank'))).toEqual({
      expand: { 0: 'x', 1: 'y' },
      types: { 0: 'card', 1: 'bank' },
    });
  });

  test('takes __proto__ as a name like any other', () => {
    const form = parseForm('__proto__[polluted]=yes&metadata[__proto__]=x');
    expect(Object.hasOwn(form, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('lets the last of two unlike values win without failing', () => {
    expect(plain(parseForm('a=1&a[b]=2'))).toEqual({ a: { b: '2' } });
  });
});

test('textOf takes an empty value for a missing one', () => {
  expect(textOf(parseForm('a=&b=1'), 'a')).toBeUndefined();
  expect(textOf(parseForm('a=&b=1'), 'b')).toBe('1');
});

test('textsOf leaves out empty and nested values', () => {
  expect(textsOf(parseForm('m[a]=1&m[b]=&m[c][d]=2'), 'm')).toEqual({ a: '1' });
});
