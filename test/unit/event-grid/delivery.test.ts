// What becomes of a delivery after an attempt: Azure's schedule, its limits, and what is not worth a second try.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterAttempt,
  afterDeadLetter,
  type Delivery,
  keepsFailing,
  newDelivery,
  type Outcome,
  unlessExpired,
} from '../../../local/event-grid/delivery.ts';

const webhook = {
  destination: { kind: 'webhook', url: 'http://localhost' },
  deadLetterContainer: 'dead-letters',
  maxDeliveryAttempts: 30,
  timeToLiveMs: 1440 * 60_000,
} as const;
const toFunction = { ...webhook, destination: { kind: 'function', functionName: 'f' } } as const;
const fresh = newDelivery({ key: 'k', topic: 't', subscription: 's' }, { schema: 'EventGridSchema', body: {} }, 0);
const answered = (status: number): Outcome => ({ kind: 'answered', status });

/** The waits in seconds after each of `count` attempts that end like this. */
function waits(policy: typeof webhook | typeof toFunction, outcome: Outcome, count: number): number[] {
  let delivery: Delivery = fresh;
  let nowMs = 0;
  return Array.from({ length: count }, () => {
    delivery = afterAttempt(delivery, policy, outcome, nowMs);
    const waitMs = delivery.nextAttemptAtMs - nowMs;
    nowMs = delivery.nextAttemptAtMs;
    return waitMs / 1000;
  });
}

describe('after an attempt', () => {
  it.each([200, 201, 202, 203, 204])('%i is delivered', (status) => {
    expect(afterAttempt(fresh, webhook, answered(status), 5)).toMatchObject({ state: 'delivered', endedAtMs: 5 });
  });

  it('the waits grow as at Azure', () => {
    expect(waits(webhook, answered(500), 9)).toEqual([10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600]);
  });

  it('a redirect is no success', () => {
    expect(afterAttempt(fresh, webhook, answered(302), 0)).toMatchObject({ state: 'pending', nextAttemptAtMs: 10_000 });
  });

  it.each([
    [408, 120],
    [404, 300],
    [503, 30],
  ])('the wait after %i is at least %i s', (status, seconds) => {
    expect(waits(webhook, answered(status), 1)).toEqual([seconds]);
  });

  it.each([{ kind: 'unreachable' }, answered(503)] as Outcome[])(
    'a function whose host is away is tried every second at first: %j',
    (outcome) => {
      expect(waits(toFunction, outcome, 6).slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
      expect(waits(toFunction, outcome, 6)[5]).toBeGreaterThan(60);
    },
  );

  it.each([
    [400, webhook],
    [413, webhook],
    [401, webhook],
    [403, webhook],
    [400, toFunction],
  ])('%i is given up at once', (status, policy) => {
    expect(afterAttempt(fresh, policy, answered(status), 7)).toMatchObject({
      state: 'pending',
      reason: 'UndeliverableDueToClientError',
      nextAttemptAtMs: 7,
    });
  });

  it.each([401, 404])('%i of a function is tried again', (status) => {
    expect(afterAttempt(fresh, toFunction, answered(status), 0)).not.toHaveProperty('reason');
  });

  it('the last attempt allowed is the last', () => {
    const policy = { ...webhook, maxDeliveryAttempts: 2 };
    const once = afterAttempt(fresh, policy, answered(500), 0);
    expect(once).not.toHaveProperty('reason');
    expect(afterAttempt(once, policy, answered(500), 10)).toMatchObject({ reason: 'MaxDeliveryAttemptsExceeded' });
  });

  it('what is given up without a place for dead letters is dropped', () => {
    const policy = { ...webhook, deadLetterContainer: undefined };
    expect(afterAttempt(fresh, policy, answered(400), 0).state).toBe('dropped');
  });

  it('an event is given up when its time is over, not before', () => {
    const policy = { ...webhook, timeToLiveMs: 60_000 };
    expect(unlessExpired(fresh, policy, 59_999)).toBe(fresh);
    expect(unlessExpired(fresh, policy, 60_000)).toMatchObject({ reason: 'TimeToLiveExceeded' });
  });

  it('no next attempt is later than the end of its time, and attempts are bounded', () => {
    const outcomes = fc.constantFrom<Outcome>(
      answered(500),
      answered(404),
      { kind: 'unreachable' },
      { kind: 'timed-out' },
    );
    fc.assert(
      fc.property(
        fc.array(outcomes, { maxLength: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (list, maxDeliveryAttempts) => {
          const policy = { ...toFunction, maxDeliveryAttempts, timeToLiveMs: 7_200_000 };
          let delivery = fresh;
          for (const outcome of list) {
            const nowMs = delivery.nextAttemptAtMs;
            delivery = unlessExpired(delivery, policy, nowMs);
            if (delivery.reason !== undefined) break;
            delivery = afterAttempt(delivery, policy, outcome, nowMs);
            expect(delivery.nextAttemptAtMs).toBeLessThanOrEqual(policy.timeToLiveMs);
            expect(delivery.attempts.length).toBeLessThanOrEqual(maxDeliveryAttempts);
          }
        },
      ),
    );
  });
});

describe('a dead letter', () => {
  const givenUp = afterAttempt(fresh, webhook, answered(400), 0);

  it('ends the delivery once written', () => {
    expect(afterDeadLetter(givenUp, true, 9)).toMatchObject({ state: 'dead-lettered', endedAtMs: 9 });
  });

  it('is tried again when it cannot be written', () => {
    expect(afterDeadLetter(givenUp, false, 9)).toMatchObject({ state: 'pending', nextAttemptAtMs: 10_009 });
  });
});

describe('a delivery keeps failing', () => {
  /** After so many attempts that end like this. */
  const after = (policy: typeof webhook | typeof toFunction, outcome: Outcome, count: number): boolean => {
    let delivery: Delivery = fresh;
    for (let n = 0; n < count; n += 1) delivery = afterAttempt(delivery, policy, outcome, n);
    return keepsFailing(delivery, policy, outcome);
  };

  it.each<[string, typeof webhook | typeof toFunction, Outcome, number]>([
    ['at the second try', webhook, answered(500), 2],
    ['where a function answers no success twice', toFunction, answered(500), 2],
    ['where its host is away for longer than a start takes', toFunction, { kind: 'unreachable' }, 6],
    ['where it is given up at once', webhook, answered(400), 1],
  ])('%s', (_when, policy, outcome, count) => {
    const counts = Array.from({ length: count }, (_, n) => n + 1);
    expect(counts.filter((attempts) => after(policy, outcome, attempts))).toEqual([count]);
  });

  it('never once it is delivered', () => {
    expect(after(webhook, answered(200), 1)).toBe(false);
  });
});
