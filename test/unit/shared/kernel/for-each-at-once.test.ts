import { expect, test } from 'vitest';
import { forEachAtOnce } from '../../../../shared/kernel/for-each-at-once.ts';

test('every item is worked on, never more at the same time than allowed', async () => {
  let [running, most] = [0, 0];
  const done: number[] = [];
  await forEachAtOnce([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    done.push(item);
    running -= 1;
  });
  expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test('after a failure nothing new begins, what runs is waited for, and the failure is told', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error('first');
    await Promise.resolve();
    ended.push(item);
  };
  await expect(forEachAtOnce([1, 2, 3, 4], 2, work)).rejects.toThrow('first');
  expect(begun).toEqual([1, 2]);
  expect(ended).toEqual([2]);
});
