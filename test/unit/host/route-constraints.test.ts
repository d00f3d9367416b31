import { describe, expect, it } from 'vitest';
import { parseConstraint } from '../../../local/host/http/route-constraints.ts';

describe('route constraint', () => {
  it.each([
    ['int', ['0', '-5', '2147483647'], ['', '1.5', 'x', '2147483648']],
    ['long', ['2147483648', '-9223372036854775808'], ['9223372036854775808']],
    ['bool', ['true', 'FALSE'], ['1', 'yes']],
    ['double', ['1.5', '-2', '1e3'], ['x', ' ']],
    ['datetime', ['2026-01-02', '2026-01-02T03:04:05Z'], ['soon']],
    [
      'guid',
      [
        '6f9619ff-8b86-d011-b42d-00c04fc964ff',
        '{6F9619FF-8B86-D011-B42D-00C04FC964FF}',
        '6f9619ff8b86d011b42d00c04fc964ff',
      ],
      ['6f9619ff-8b86-d011-b42d', '6f9619ff8b86-d011b42d00c04fc964ff', 'x'],
    ],
    ['alpha', ['abc', 'ABC'], ['a1', 'a-b']],
    ['length(3)', ['abc'], ['ab', 'abcd']],
    ['length(2,3)', ['ab', 'abc'], ['a', 'abcd']],
    ['minlength(2)', ['ab'], ['a']],
    ['maxlength(2)', ['ab'], ['abc']],
    ['min(18)', ['18', '99'], ['17', 'x']],
    ['max(120)', ['120', '-1'], ['121']],
    ['range(1,5)', ['1', '5'], ['0', '6']],
    ['regex(^[A-Z]+-\\d$)', ['sku-1', 'SKU-1'], ['sku']],
    ['required', ['x'], ['']],
  ])('%s accepts %j and refuses %j', (text, good, bad) => {
    const accepts = parseConstraint(text);
    expect(good.filter((value) => !accepts(value))).toEqual([]);
    expect(bad.filter((value) => accepts(value))).toEqual([]);
  });

  it('names a constraint nobody knows', () => {
    expect(() => parseConstraint('even')).toThrow("The route constraint 'even' is unknown.");
  });

  it('does not take an object property for a constraint', () => {
    expect(() => parseConstraint('constructor')).toThrow(/unknown/);
  });
});
