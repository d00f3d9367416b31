import type { InvocationContext } from '@azure/functions';
import { expect, test } from 'vitest';
import { deadLetterHandler } from '../../../../../shared/adapters/functions/dead-letter-handler.ts';
import { receivedByReceiver, toArrival } from '../../../../../shared/adapters/functions/received-dead-letter.ts';
import { readMessage } from '../../../../../shared/adapters/functions/received-message.ts';
import { AppError } from '../../../../../shared/kernel/errors.ts';
import { defaultLimits } from '../../../../../shared/kernel/settlement.ts';

const body = Buffer.from('poison');
const told = { messageId: 'm-1', sessionId: 's', subject: 'x', sequenceNumber: 1 };
const arrivalOf = (applicationProperties: object, more: object = {}, source?: string) =>
  toArrival(readMessage(body, { ...told, applicationProperties, ...more }), source);

test('a message that the app sent here has its notes', () => {
  const notes = {
    reason: 'invalid-message',
    description: 'no',
    sourceEntity: 'mail',
    originalId: 'm-0',
    tenant: 'ada',
  };
  expect(arrivalOf(notes)).toMatchObject({
    sourceEntity: 'mail',
    reason: 'invalid-message',
    description: 'no',
    messageId: 'm-1',
    originalId: 'm-0',
    optional: { sessionId: 's', subject: 'x' },
    hasSession: false,
    body,
  });
});

test.each([
  ['deadLetterReason', 'deadLetterErrorDescription'],
  ['DeadLetterReason', 'DeadLetterErrorDescription'],
])(
  'one that the broker forwarded has the notes of the broker (%s), though its sender has a reason too',
  (reason, why) => {
    const properties = { reason: 'a gift', [reason]: 'MaxDeliveryCountExceeded', [why]: 'three times' };
    expect(arrivalOf(properties, {}, 'kitchen')).toMatchObject({
      sourceEntity: 'kitchen',
      reason: 'MaxDeliveryCountExceeded',
      description: 'three times',
      hasSession: true,
      properties: { reason: 'a gift' },
    });
  },
);

test('one of a subscription is of the queue that it forwards to', () => {
  expect(arrivalOf({}, {}, 'order-events/Subscriptions/paid-food').sourceEntity).toBe('kitchen');
});

test('one that says nothing is a dead letter all the same', () => {
  expect(arrivalOf({})).toMatchObject({ sourceEntity: 'dead-letters', reason: 'unknown', description: '' });
});

test('one that dead-letters gave up has the reason of its first failure', () => {
  const applicationProperties = {
    reason: 'invalid-message',
    description: 'no',
    sourceEntity: 'mail',
    DeadLetterReason: 'MaxDeliveryCountExceeded',
  };
  const message = { body, messageId: 'm-1', applicationProperties, deadLetterSource: 'dead-letters' };
  expect(receivedByReceiver(message as never)).toMatchObject({ sourceEntity: 'mail', reason: 'invalid-message' });
});

function run(failures: readonly Error[]) {
  const left = [...failures];
  let nowMs = 0;
  const waits: number[] = [];
  const ports = () => {
    const failure = left.shift();
    if (failure !== undefined) throw failure;
    throw new AppError('broken-invariant', 'the last');
  };
  const world = () => ({
    limits: defaultLimits,
    now: () => nowMs,
    random: () => 1,
    wait: async (ms: number) => {
      waits.push(ms);
      nowMs += ms;
    },
  });
  const context = { triggerMetadata: told, log: () => {}, warn: () => {} } as unknown as InvocationContext;
  return { waits, done: deadLetterHandler(ports, world)(body, context) };
}

test('a dependency that is away is waited for in place, longer each time, so that the deliveries last', async () => {
  const away = Array.from({ length: 5 }, () => new AppError('storage-unavailable', 'away'));
  const { waits, done } = run(away);
  await expect(done).rejects.toMatchObject({ code: 'broken-invariant' });
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 30_000]);
});

test('the lock is given back after a while, and no sooner', async () => {
  const away = Array.from({ length: 1_000 }, () => new AppError('storage-unavailable', 'away'));
  const { waits, done } = run(away);
  await expect(done).rejects.toMatchObject({ code: 'storage-unavailable' });
  const heldMs = waits.reduce((sum, ms) => sum + ms, 0);
  expect(heldMs).toBeGreaterThan(defaultLimits.holdInSessionMs);
  expect(heldMs).toBeLessThanOrEqual(defaultLimits.holdInSessionMs + defaultLimits.maxBackOffMs);
});

test('a failure nobody foresaw is thrown after a pause: a hundred deliveries take most of an hour', async () => {
  const { waits, done } = run([new TypeError('oops')]);
  await expect(done).rejects.toMatchObject({ code: 'internal-error' });
  expect(waits).toEqual([defaultLimits.maxBackOffMs]);
});
