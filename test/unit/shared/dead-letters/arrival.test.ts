import { expect, test } from 'vitest';
import { type Arrival, candidatesFor, decideArrival, fits } from '../../../../shared/dead-letters/arrival.ts';
import { type DeadLetter, resubmissionProperties } from '../../../../shared/dead-letters/dead-letter.ts';
import { deadLetterArrival } from '../../../support/dead-letter-arrival.ts';

const at = '2030-01-01T00:00:00.000Z';
const candidate = { id: 'l', originalId: 'm-1' };
const arrive = (letter: DeadLetter | undefined, own: Partial<Arrival>, hash = 'first') =>
  decideArrival(letter, candidate, deadLetterArrival(own), hash, at);

const open = arrive(undefined, {})?.letter as DeadLetter;
const sent = { ...open, state: 'resubmitted', resubmissions: 2, returned: 1 } as const;

test('what comes again is known, in whatever state its letter is', () => {
  for (const letter of [open, sent, { ...open, state: 'discarded' } as const]) {
    expect(arrive(letter, {})).toBeUndefined();
    expect(arrive(letter, { messageId: 'm-1#3' })).toBeUndefined();
  }
  expect(arrive(sent, { messageId: 'm-1!r1' })).toBeUndefined();
});

test('the last resubmission that comes back opens the letter, with its new reason, and ends what was under way', () => {
  const held = { resubmission: 2, action: 'a', by: 'ada', until: at, bodySha256: 'mended' };
  const change = arrive({ ...sent, held }, { messageId: 'm-1!r2#4', reason: 'order-not-found' }, 'mended');
  expect(change?.entry).toMatchObject({ action: 'return', outcome: 'open', note: 'resubmission 2' });
  expect(change?.letter).toMatchObject({
    state: 'open',
    returned: 2,
    cause: 'source/order-not-found/new-order',
    bodySha256: 'mended',
    firstSha256: 'first',
    arrivedAt: open.arrivedAt,
  });
  expect(change?.letter).not.toHaveProperty('held');
});

test('a resubmission that comes back before it was noted as sent counts as sent', () => {
  expect(arrive(open, { messageId: 'm-1!r1' })?.letter).toMatchObject({ resubmissions: 1, returned: 1, state: 'open' });
});

test('one that a later resubmission overtook is noted, and changes nothing', () => {
  const change = arrive({ ...sent, returned: 0 }, { messageId: 'm-1!r1', reason: 'order-not-found' });
  expect(change?.letter).toMatchObject({ state: 'resubmitted', returned: 1, reason: open.reason });
});

test('who claims a letter that is not theirs is led to their own', () => {
  const forged = deadLetterArrival({
    messageId: 'other',
    originalId: 'other',
    properties: { deadLetterId: 'b5f2c1de-8f0d-4a39-9d53-6d1c2a7d0f11' },
  });
  const [claimed, own] = candidatesFor(forged, 'first');
  expect(claimed?.isClaimed).toBe(true);
  expect([undefined, open].map((letter) => claimed && fits(claimed, letter, forged, 'first'))).toEqual([false, false]);
  expect(own && fits(own, undefined, forged, 'first')).toBe(true);
});

test('a sender who ends ids as copies end has a letter of each', () => {
  const ids = ['a#1', 'a#2'].map(
    (messageId) => candidatesFor(deadLetterArrival({ messageId, originalId: messageId }), 'x')[0]?.id,
  );
  expect(new Set(ids).size).toBe(2);
});

test('a resubmission goes without the notes of its failure, with what it is known by', () => {
  const properties = {
    tenant: 'ada',
    reason: 'r',
    description: 'd',
    sourceEntity: 's',
    originalAt: at,
    copy: 3,
    DeadLetterReason: 'r',
    deadLetterErrorDescription: 'd',
    originalId: 'stale',
  };
  expect(resubmissionProperties({ ...open, properties })).toEqual({
    tenant: 'ada',
    originalId: 'm-1',
    deadLetterId: 'l',
  });
});
