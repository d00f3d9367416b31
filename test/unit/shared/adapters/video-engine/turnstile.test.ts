import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { turnstile } from '../../../../../shared/adapters/video-engine/turnstile.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('one goes at a time, in the order they came', async () => {
  const turns = turnstile(1000);
  const order: string[] = [];
  const first = await turns.enter();
  const second = turns.enter().then((turn) => (order.push('second'), turn));
  const third = turns.enter().then((turn) => (order.push('third'), turn));
  await Promise.resolve();
  expect(order).toEqual([]);
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
  (await third)[Symbol.dispose]();
  expect(order).toEqual(['second', 'third']);
});

test('whoever waits too long is sent away and takes nobody else the turn', async () => {
  const turns = turnstile(1000);
  const first = await turns.enter();
  const late = turns.enter().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await late).toMatchObject({ code: 'encoder-busy', kind: 'transient' });
  const next = turns.enter();
  first[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  (await turns.enter())[Symbol.dispose]();
});
