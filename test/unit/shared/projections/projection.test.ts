import { expect, test } from 'vitest';
import {
  beginRebuild,
  dropLeftover,
  finishRebuild,
  generationsToWrite,
  newProjection,
  progressOf,
  reportRebuild,
} from '../../../../shared/projections/projection.ts';

const at = '2026-01-01T00:00:00.000Z';
const building = beginRebuild(newProjection, { id: 'a', at });
const catchingUp = beginRebuild(newProjection, { id: 'a', from: at, at });

test('while a generation is built, followers write to it and to the one that is read', () => {
  expect(generationsToWrite(newProjection)).toEqual(['0']);
  expect(generationsToWrite(building)).toEqual(['0', 'a']);
  expect(generationsToWrite(catchingUp)).toEqual(['0']);
});

test('at its end it is the one that is read, and the one before is left over', () => {
  const swapped = finishRebuild(building, 'a', at);
  expect(swapped).toMatchObject({ live: 'a', leftovers: ['0'], last: { id: 'a', finishedAt: at } });
  expect(swapped.rebuild).toBeUndefined();
  expect(dropLeftover(swapped, '0').leftovers).toEqual([]);
});

test('what is put into the one that is read swaps nothing', () => {
  expect(finishRebuild(catchingUp, 'a', at)).toMatchObject({ live: '0', leftovers: [], last: { from: at } });
});

test('a second rebuild finds the first, and takes its place only when that one ended early', () => {
  expect(beginRebuild(building, { id: 'b', at })).toBe(building);
  expect(beginRebuild(building, { id: 'b', at }, 'other')).toBe(building);
  const replaced = beginRebuild(building, { id: 'b', at }, 'a');
  expect(replaced).toMatchObject({ live: '0', rebuild: { id: 'b' }, leftovers: ['a'] });
});

test('a rebuild that lost its place neither reports nor swaps', () => {
  const replaced = beginRebuild(building, { id: 'b', at }, 'a');
  expect(reportRebuild(replaced, 'a', { orders: 5 })).toBe(replaced);
  expect(finishRebuild(replaced, 'a', at)).toBe(replaced);
});

test('progress is 0 until the orders are counted, and never above 1', () => {
  const rebuild = { id: 'a', startedAt: at, orders: 3, skipped: 0 };
  expect(
    [undefined, 0, 4, 2].map((total) => progressOf({ ...rebuild, ...(total === undefined ? {} : { total }) })),
  ).toEqual([0, 1, 0.75, 1]);
});
