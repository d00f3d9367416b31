import { describe, expect, it } from 'vitest';
import { formatDate } from '../../../local/host/date-format.ts';

describe('a date in a custom format', () => {
  it.each([
    ['yyyy-MM-ddTHH-mm-ssZ', '2026-03-04T15-06-07Z'],
    ['yyyy/MM/dd', '2026/03/04'],
    ['yyMMdd', '260304'],
    ['M/d H:m:s', '3/4 15:6:7'],
    ['hh:mm tt', '03:06 PM'],
    ['ss.fff', '07.089'],
    ["'day' dd", 'day 04'],
    ['HH\\h', '15h'],
    ['K zzz', 'Z +00:00'],
  ])('%s', (format, text) => {
    expect(formatDate(new Date('2026-03-04T15:06:07.089Z'), format)).toBe(text);
  });

  it('has midnight as 12 AM', () => {
    expect(formatDate(new Date('2026-03-04T00:00:00Z'), 'h tt')).toBe('12 AM');
  });
});
