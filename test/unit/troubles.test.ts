import { expect, test } from 'vitest';
import { createTroubles } from '../../local/troubles.ts';

test('a failure is told once for each subject and cause, and when it goes on', () => {
  const said: string[] = [];
  const troubles = createTroubles(
    (line) => said.push(line),
    () => 0,
  );
  for (let n = 0; n < 3; n += 1) troubles.fails('a', 'SocketError');
  troubles.fails('b', 'SocketError');
  troubles.fails('a', 'NotFound');
  expect(troubles.list()).toEqual([
    { subject: 'a', cause: 'NotFound', since: '1970-01-01T00:00:00.000Z' },
    { subject: 'b', cause: 'SocketError', since: '1970-01-01T00:00:00.000Z' },
  ]);
  for (let n = 0; n < 2; n += 1) troubles.works('a');
  troubles.fails('a', 'SocketError');
  expect(said).toEqual([
    'a keeps failing and is tried again: SocketError',
    'b keeps failing and is tried again: SocketError',
    'a keeps failing and is tried again: NotFound',
    'a works again',
    'a keeps failing and is tried again: SocketError',
  ]);
});
