import { expect, test } from 'vitest';
import { backOffMs } from '../../../local/supervisor/child.ts';

test('the wait before a start grows to 5 s', () => {
  expect([1, 2, 3, 6, 7, 100].map(backOffMs)).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
});
