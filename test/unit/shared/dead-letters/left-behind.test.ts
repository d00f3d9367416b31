import { expect, test } from 'vitest';
import { decideArrival } from '../../../../shared/dead-letters/arrival.ts';
import type { DeadLetter } from '../../../../shared/dead-letters/dead-letter.ts';
import { failedOrchestration, givenUp, quarantined } from '../../../../shared/dead-letters/left-behind.ts';

const at = '2030-01-01T00:00:00.000Z';
const metadata = {
  reason: 'invalid-message',
  description: 'no',
  hub: 'order-stream',
  consumergroup: 'projections',
  partition: '1',
  offset: '42',
};
const event = Buffer.from('{"specversion":"1.0","id":"e-1","type":"t"}');

test('a quarantined event has the name of its event, or of its place where it has none', () => {
  expect(quarantined(undefined, metadata, event)).toMatchObject({
    sourceEntity: 'hub/order-stream',
    originalId: 'e-1',
    messageId: 'e-1',
    reason: 'invalid-message',
    body: event,
  });
  expect(quarantined(undefined, metadata, Buffer.from('{')).messageId).toBe('order-stream/projections/1/42');
});

test.each([
  [
    'an event in the schema of Event Grid',
    { deadLetterReason: 'MaxDeliveryAttemptsExceeded', deliveryAttempts: 30, lastDeliveryOutcome: 'TimedOut' },
  ],
  [
    'a CloudEvent',
    { deadletterreason: 'MaxDeliveryAttemptsExceeded', deliveryattempts: 30, lastdeliveryoutcome: 'TimedOut' },
  ],
])('%s that was given up is of the function it was for, without what was noted of it', (_what, notes) => {
  const own = { id: 'e-1', subject: 's', data: { reason: 'kept' } };
  for (const name of ['VIDEO-READY/2030/1/1/0/x.json', 'a-topic/VIDEO-READY/2030/1/1/0/x.json']) {
    const arrival = givenUp(name, { ...own, ...notes });
    expect(arrival).toMatchObject({
      sourceEntity: 'event-grid/sendVideoReady',
      reason: 'MaxDeliveryAttemptsExceeded',
      messageId: 'e-1',
    });
    expect(arrival.description).toMatch(/30 attempts.*TimedOut/);
    expect(JSON.parse(Buffer.from(arrival.body).toString())).toEqual(own);
  }
});

test('a resubmitted event that is given up again is known by its resubmission', () => {
  const arrival = givenUp('VIDEO-READY/x.json', { id: 'e-1', resubmission: 'e-1!r2' });
  expect(arrival).toMatchObject({ originalId: 'e-1', messageId: 'e-1!r2' });
});

test('an orchestration that fails again after it was put back is the return of that', () => {
  const failed = { name: 'import-sales', instanceId: 'i', failedAt: at, input: { a: 1 }, output: 'Error: no' };
  const first = failedOrchestration(undefined, failed);
  const candidate = { id: 'l', originalId: 'i' };
  const letter = decideArrival(undefined, candidate, first, 'hash', at)?.letter as DeadLetter;
  const again = { ...failed, failedAt: '2030-01-01T01:00:00.000Z' };
  expect(failedOrchestration(letter, failed).messageId).toBe('i');
  expect(failedOrchestration(letter, again).messageId).toBe('i');
  const sent = { ...letter, state: 'resubmitted', resubmissions: 1 } as const;
  expect(failedOrchestration(sent, failed).messageId).toBe('i');
  expect(failedOrchestration(sent, again).messageId).toBe('i!r1');
  const back = decideArrival(sent, candidate, failedOrchestration(sent, again), 'hash', at)?.letter as DeadLetter;
  expect(back).toMatchObject({ state: 'open', returned: 1 });
  expect(decideArrival(back, candidate, failedOrchestration(back, again), 'hash', at)).toBeUndefined();
});
