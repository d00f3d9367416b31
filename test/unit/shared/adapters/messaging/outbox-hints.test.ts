import { expect, test } from 'vitest';
import { queueOutboxHints } from '../../../../../shared/adapters/messaging/outbox-hints.ts';

function given() {
  const sent: string[][] = [];
  const clock = { ms: 1_000 };
  let failure: Error | undefined;
  const queue = {
    sendMessage: async (text: string) => {
      if (failure !== undefined) throw failure;
      const hint = JSON.parse(Buffer.from(text, 'base64').toString()) as { partition: string; also?: string[] };
      sent.push([hint.partition, ...(hint.also ?? [])]);
      return {} as never;
    },
  };
  const hints = queueOutboxHints(queue, () => clock.ms);
  return { sent, clock, hints, fail: (error?: Error) => (failure = error) };
}

test('changes of one order that follow closely share a hint', async () => {
  const { sent, clock, hints } = given();
  await Promise.all([hints.leave('a'), hints.leave('a')]);
  clock.ms += 2_999;
  await hints.leave('a');
  expect(sent).toEqual([['a']]);
});

test('a hint covers a change for three seconds from when it was left, however often it was shared', async () => {
  const { sent, clock, hints } = given();
  await hints.leave('a');
  clock.ms += 2_000;
  await hints.leave('a');
  clock.ms += 1_000;
  await hints.leave('a');
  expect(sent).toEqual([['a'], ['a']]);
});

test('a hint that could not be left covers nothing', async () => {
  const { sent, hints, fail } = given();
  fail(new Error('no'));
  await expect(hints.leave('a')).rejects.toThrow('no');
  fail();
  await hints.leave('a');
  expect(sent).toEqual([['a']]);
});

test('hints that are asked for at the same moment go in one message, those that come meanwhile in the next', async () => {
  const { sent, hints } = given();
  const early = [hints.leave('a'), hints.leave('b')];
  await Promise.resolve();
  await Promise.resolve();
  await Promise.all([...early, hints.leave('c'), hints.leave('d')]);
  expect(sent).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});
