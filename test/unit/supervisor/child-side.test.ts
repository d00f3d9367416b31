import { expect, test } from 'vitest';
import { StoreError } from '../../../local/store/store-errors.ts';
import { startFailure } from '../../../local/supervisor/child-side.ts';

const taken = (port: number) => Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port });

test('a taken port is named with its use and the option that chooses another', () => {
  expect(startFailure(taken(10000), { blob: 10000, queue: 10001 })).toEqual({
    kind: 'failed',
    inUse: true,
    message: 'Port 10000 (blob storage) is taken by another process. End it, or choose another port with --blob-port.',
  });
});

test('a store in use may become free again', () => {
  const failure = startFailure(new StoreError({ kind: 'in-use', message: 'The store is in use.' }), {});
  expect(failure).toEqual({ kind: 'failed', inUse: true, message: 'The store is in use.' });
});

test('a taken port is found as the cause as well', () => {
  const error = new Error('the broker cannot listen', { cause: taken(5672) });
  expect(startFailure(error, { amqp: 5672 })).toMatchObject({ inUse: true });
});

test('a plain error is told without its stack', () => {
  expect(startFailure(new Error('No such file.'), {})).toEqual({ kind: 'failed', message: 'No such file.' });
});

test('a mistake in the program is told with its stack', () => {
  expect(startFailure(new TypeError('broken'), {}).message).toContain('TypeError: broken\n    at');
});
