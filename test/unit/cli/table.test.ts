import { expect, test } from 'vitest';
import { age, printable, table } from '../../../cli/table.ts';

const columns = [
  { title: 'ID', of: ({ id }: { id: string; count: number }) => id },
  { title: 'COUNT', of: ({ count }: { id: string; count: number }) => String(count), isNumber: true },
] as const;

test('columns are as wide as what stands in them, numbers to the right', () => {
  expect(
    table(
      columns,
      [
        { id: 'letter', count: 7 },
        { id: 'a', count: 12_345 },
      ],
      80,
    ),
  ).toBe('ID      COUNT\nletter      7\na       12345');
});

test('a line is cut where the terminal ends', () => {
  expect(table(columns, [{ id: 'a-long-letter', count: 7 }], 10).split('\n')[1]).toBe('a-long-le…');
});

test('what came in a message cannot steer the terminal', () => {
  expect(printable('red \u001b[31m\r\nand\u009b2J')).toBe('red \\u001b[31m\\u000d\nand\\u009b2J');
  expect(table(columns, [{ id: 'two\nlines', count: 1 }], 80).split('\n')).toHaveLength(2);
});

test.each([
  [0, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [7_200_000, '2 h'],
  [200_000_000, '2 d'],
  [-5_000, '0 s'],
])('%i ms ago is %s', (agoMs, told) => {
  const now = Date.parse('2026-11-21T06:00:00Z');
  expect(age(new Date(now - agoMs).toISOString(), now)).toBe(told);
});
