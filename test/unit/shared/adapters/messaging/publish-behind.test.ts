import { expect, test } from 'vitest';
import { publishBehind } from '../../../../../shared/adapters/messaging/publish-behind.ts';

/** A publisher whose work ends when the test says so. */
function heldPublisher() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const publish = (orderId: string): Promise<void> => {
    begun.push(orderId);
    return new Promise((resolve) => ends.push(resolve));
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { begun, publish, endNext: async () => (ends.shift()?.(), settle()), settle };
}

test('nobody waits for what is on its way', async () => {
  const { begun, publish } = heldPublisher();
  const soon = publishBehind(publish);
  await soon('a');
  await soon('b');
  expect(begun).toEqual(['a', 'b']);
});

test('one order’s messages leave one after the other', async () => {
  const { begun, publish, endNext, settle } = heldPublisher();
  const soon = publishBehind(publish);
  await soon('a');
  await soon('a');
  await settle();
  expect(begun).toEqual(['a']);
  await endNext();
  expect(begun).toEqual(['a', 'a']);
});

test('with too many orders on their way, the next one waits for its own', async () => {
  const { publish, endNext, settle } = heldPublisher();
  const soon = publishBehind(publish, 1);
  await soon('a');
  let isAnswered = false;
  const waiting = soon('b').then(() => (isAnswered = true));
  await settle();
  expect(isAnswered).toBe(false);
  await endNext();
  await endNext();
  expect(await waiting).toBe(true);
  await soon('c');
});
