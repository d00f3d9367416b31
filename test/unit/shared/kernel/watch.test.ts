import { expect, test } from 'vitest';
import { AppError } from '../../../../shared/kernel/errors.ts';
import { type Watched, watch } from '../../../../shared/kernel/watch.ts';

/** All that a stream of `seconds` looks says, one list of rows a look; a look without a list throws. */
async function saidOver(looks: readonly (readonly unknown[] | Error)[], heartbeatMs = 60_000): Promise<string[]> {
  let nowMs = 0;
  let made = 0;
  const watched: Watched = {
    event: 'order',
    show: async () => {
      const rows = looks[made++] ?? [];
      if (rows instanceof Error) throw rows;
      return rows;
    },
  };
  const stream = watch([watched], {
    intervalMs: 1000,
    heartbeatMs,
    endsAfterMs: looks.length * 1000,
    now: () => nowMs,
    wait: async (ms) => (nowMs += ms),
  });
  const said: string[] = [];
  for await (const bytes of stream) said.push(new TextDecoder().decode(bytes));
  return said.slice(1);
}

const event = (...rows: unknown[]): string => `event: order\ndata: ${JSON.stringify(rows)}\n\n`;

test('the first look is told, an unchanged one is not, a changed one is', async () => {
  expect(await saidOver([['a'], ['a'], ['b', 'a'], ['b', 'a']])).toEqual([event('a'), event('b', 'a')]);
});

test('an empty list is told too: rows may go away', async () => {
  expect(await saidOver([[], ['a'], []])).toEqual([event(), event('a'), event()]);
});

test('a line break in a row does not break the event', async () => {
  expect(await saidOver([['a\nevent: b']])).toEqual(['event: order\ndata: ["a\\nevent: b"]\n\n']);
});

test('silence is broken by a comment', async () => {
  expect(await saidOver([['a'], ['a'], ['a'], ['a'], ['a']], 2000)).toEqual([
    event('a'),
    ': still here\n\n',
    ': still here\n\n',
  ]);
});

test('a look that fails for a while is made again', async () => {
  const away = new AppError('storage-unavailable', 'away');
  expect(await saidOver([away, ['a'], away, ['a', 'b']])).toEqual([event('a'), event('a', 'b')]);
});

test('a look that fails for good ends the stream', async () => {
  await expect(saidOver([['a'], new AppError('broken-invariant', 'no')])).rejects.toThrow('no');
});

test('a stream ends once what it showed is over, having told it', async () => {
  let looks = 0;
  const show = async (): Promise<string> => `look ${(looks += 1)}`;
  const pace = { intervalMs: 1000, heartbeatMs: 60_000, endsAfterMs: 60_000, now: () => 0, wait: async () => {} };
  const said: string[] = [];
  for await (const bytes of watch([{ event: 'progress', show }], { ...pace, isOver: () => looks === 2 })) {
    said.push(new TextDecoder().decode(bytes));
  }
  expect(said.slice(1)).toEqual(['event: progress\ndata: "look 1"\n\n', 'event: progress\ndata: "look 2"\n\n']);
});
