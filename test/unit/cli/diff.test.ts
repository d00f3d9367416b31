import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diff } from '../../../cli/diff.ts';

const lines = (...texts: readonly string[]): string => texts.join('\n');

test('one changed line is told with its neighbours', () => {
  expect(diff(lines('a', 'b', 'c', 'd', 'e', 'f', 'g'), lines('a', 'b', 'c', 'D', 'e', 'f', 'g'))).toBe(
    lines('  b', '  c', '- d', '+ D', '  e', '  f', '  …'),
  );
});

test('what is the same is no difference', () => {
  expect(diff(lines('a', 'b'), lines('a', 'b'))).toBe('');
});

test('of two changes far apart what lies between is left out', () => {
  const middle = ['1', '2', '3', '4', '5', '6'];
  expect(diff(lines('a', ...middle, 'z'), lines('b', ...middle, 'y'))).toBe(
    lines('- a', '+ b', '  1', '  2', '  …', '  5', '  6', '- z', '+ y'),
  );
});

test('changes too large to be compared are told as replaced whole', () => {
  const texts = (mark: string) => Array.from({ length: 2_100 }, (_, n) => `${mark}${n}`);
  const told = diff(texts('a').join('\n'), texts('b').join('\n')).split('\n');
  expect(told).toHaveLength(4_200);
  expect(told[0]).toBe('- a0');
});

test('every text: the lines with a minus are of the old one, with a plus of the new one, and both are in order', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '{', '}'), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const told = diff(lines(...before), lines(...after)).split('\n');
      const changed = (mark: string) => told.filter((line) => line.startsWith(`${mark} `)).map((line) => line.slice(2));
      expect(before.length - changed('-').length).toBe(after.length - changed('+').length);
      expect(isPartOf(changed('-'), before)).toBe(true);
      expect(isPartOf(changed('+'), after)).toBe(true);
    }),
  );
});

function isPartOf(part: readonly string[], whole: readonly string[]): boolean {
  let found = 0;
  for (const each of whole) if (each === part[found]) found += 1;
  return found === part.length;
}
