import { expect, test } from 'vitest';
import { gatherByKey } from '../../../../shared/adapters/gather-by-key.ts';

/** Groups are kept as they come, and end when the test says so. */
function gathered(atMost: number) {
  const groups: { readonly name: string; readonly end: (error?: Error) => void }[] = [];
  const ask = gatherByKey<string>(atMost, (key, items) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = (error?: Error): void => (error === undefined ? resolve() : reject(error));
    groups.push({ name: `${key}:${items.join('')}`, end });
    return promise;
  });
  return { ask, groups, names: () => groups.map(({ name }) => name) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is asked for while a group is under way goes together, in its order', async () => {
  const { ask, groups, names } = gathered(10);
  const asked = [ask('k', 'a')];
  await turn();
  asked.push(ask('k', 'b'), ask('k', 'c'));
  await turn();
  expect(names()).toEqual(['k:a']);
  groups[0]?.end();
  await turn();
  expect(names()).toEqual(['k:a', 'k:bc']);
  groups[1]?.end();
  await Promise.all(asked);
});

test('a group has so many items at the most', async () => {
  const { ask, groups, names } = gathered(2);
  const asked = ['a', 'b', 'c'].map((item) => ask('k', item));
  await turn();
  groups[0]?.end();
  await turn();
  groups[1]?.end();
  await Promise.all(asked);
  expect(names()).toEqual(['k:ab', 'k:c']);
});

test('keys do not wait for each other', async () => {
  const { ask, groups, names } = gathered(2);
  const asked = [ask('k', 'a'), ask('l', 'b')];
  await turn();
  expect(names()).toEqual(['k:a', 'l:b']);
  for (const { end } of groups) end();
  await Promise.all(asked);
});

test('a group that fails fails for each of its items, and the next goes on', async () => {
  const { ask, groups } = gathered(2);
  const asked = Promise.allSettled(['a', 'b', 'c'].map((item) => ask('k', item)));
  await turn();
  groups[0]?.end(new Error('refused'));
  await turn();
  groups[1]?.end();
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});
