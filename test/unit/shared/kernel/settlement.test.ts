import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import hostJson from '../../../../host.json' with { type: 'json' };
import { AppError, type ErrorCode, errorRegistry } from '../../../../shared/kernel/errors.ts';
import {
  type Attempt,
  defaultLimits,
  delayInPlace,
  settle,
  settleActivity,
  settleBatch,
  settleDelivery,
  settleEvent,
  type Settlement,
  triesOfUnknown,
} from '../../../../shared/kernel/settlement.ts';
import { topology } from '../../../../shared/kernel/topology.ts';

const first: Attempt = { copy: 0, delivery: 1, tries: 1, ageMs: 1_000, heldMs: 0, hasSession: false };
const worn: Attempt = { ...first, tries: defaultLimits.triesInPlace };
const down = new AppError('payments-unavailable', 'connection refused');
const unforeseen = new AppError('internal-error', 'undefined is not a function');

describe('a transient failure', () => {
  test('is tried again in place, a little later each time', () => {
    expect(settle(down, first, 1)).toEqual({ action: 'retry', delayMs: 200 });
    expect(settle(down, { ...first, tries: 2 }, 1)).toEqual({ action: 'retry', delayMs: 400 });
  });

  test('puts the message off after the tries in place, longer with every copy up to the bound', () => {
    expect(settle(down, worn, 1)).toEqual({ action: 'copy', delayMs: 2_000 });
    expect(settle(down, { ...worn, copy: 2 }, 1)).toEqual({ action: 'copy', delayMs: 8_000 });
    expect(settle(down, { ...worn, copy: 4 }, 1)).toEqual({ action: 'copy', delayMs: 30_000 });
    expect(settle(down, { ...worn, copy: 5_000 }, 1)).toEqual({ action: 'copy', delayMs: 30_000 });
  });

  test('spreads its delays over their upper half', () => {
    expect(settle(down, first, 0)).toEqual({ action: 'retry', delayMs: 100 });
    expect(settle(down, first, 0.5)).toEqual({ action: 'retry', delayMs: 150 });
    expect(settle(down, worn, 0)).toEqual({ action: 'copy', delayMs: 1_000 });
  });

  test('is tried in place no earlier than the dependency asks for, but put off at once', () => {
    const asked = (retryAfterMs: number): AppError => new AppError('payments-unavailable', '', { retryAfterMs });
    expect(settle(asked(200), first, 1)).toEqual({ action: 'retry', delayMs: 200 });
    expect(settle(asked(201), first, 1)).toEqual({ action: 'copy', delayMs: 2_000 });
    expect(settle(asked(5_000), first, 1)).toEqual({ action: 'copy', delayMs: 5_000 });
    expect(settle(asked(5_000), { ...first, copy: 3 }, 1)).toEqual({ action: 'copy', delayMs: 16_000 });
    expect(settle(asked(3_600_000), first, 1)).toEqual({ action: 'copy', delayMs: 30_000 });
  });

  test('is given up after a day, and the dead letter says how often it was tried', () => {
    const old = { ...worn, ageMs: defaultLimits.maxAgeMs };
    expect(settle(down, { ...old, ageMs: old.ageMs - 1 }, 1).action).toBe('copy');
    expect(settle(down, { ...old, copy: 17 }, 1)).toEqual({
      action: 'dead-letter',
      reason: 'payments-unavailable',
      description: 'The payment provider does not answer; given up after 17 copies in 1440 min: connection refused',
    });
  });

  test('is given up after so many copies, however young the message seems', () => {
    const { maxCopies } = defaultLimits;
    expect(settle(down, { ...worn, copy: maxCopies - 1 }, 1).action).toBe('copy');
    expect(settle(down, { ...worn, copy: maxCopies }, 1).action).toBe('dead-letter');
  });

  test('of an old message is still tried in place before it is given up', () => {
    expect(settle(down, { ...first, ageMs: 2 * defaultLimits.maxAgeMs }, 1).action).toBe('retry');
  });
});

describe('in a session queue, where a later message would overtake a copy,', () => {
  const inSession: Attempt = { ...worn, hasSession: true };

  test('the message is held and tried in place, with growing delays up to the bound', () => {
    expect(settle(down, { ...inSession, tries: 1 }, 1)).toEqual({ action: 'retry', delayMs: 200 });
    expect(settle(down, { ...inSession, tries: 6 }, 1)).toEqual({ action: 'retry', delayMs: 6_400 });
    expect(settle(down, { ...inSession, tries: 50 }, 1)).toEqual({ action: 'retry', delayMs: 30_000 });
  });

  test('it is abandoned at once when its time in place is over', () => {
    const { holdInSessionMs } = defaultLimits;
    const late = { ...inSession, tries: 1 };
    expect(settle(down, { ...late, heldMs: holdInSessionMs - 200 }, 1)).toEqual({ action: 'retry', delayMs: 200 });
    expect(settle(down, { ...late, heldMs: holdInSessionMs - 199 }, 1)).toEqual({ action: 'abandon', delayMs: 0 });
  });
});

describe('a failure nobody foresaw', () => {
  test('is abandoned after a wait that grows with the delivery, and at once the last time', () => {
    expect(settle(unforeseen, first, 1)).toEqual({ action: 'abandon', delayMs: 3_000 });
    expect(settle(unforeseen, { ...first, delivery: 2 }, 1)).toEqual({ action: 'abandon', delayMs: 20_000 });
    expect(settle(unforeseen, { ...first, delivery: 3 }, 1)).toEqual({ action: 'abandon', delayMs: 0 });
  });

  test('spreads its waits too', () => {
    expect(settle(unforeseen, first, 0)).toEqual({ action: 'abandon', delayMs: 1_500 });
  });

  test('waits before each delivery but the last, of every queue we read', () => {
    const counts = topology.serviceBus.queues
      .filter(({ name }) => name !== 'dead-letters')
      .map(({ properties }) => properties.maxDeliveryCount);
    expect(new Set(counts)).toEqual(new Set([defaultLimits.unknownWaitsMs.length + 1]));
  });
});

const minutes = (time: string): number => {
  const [, h = '0', m = '0'] = /^(?:PT)?(?:(\d+)[:H])?(\d+)[:M]?/.exec(time) ?? [];
  return Number(h) * 60 + Number(m);
};

test('a message is held no longer than its lock is renewed and the function may run', () => {
  const { holdInSessionMs, maxBackOffMs } = defaultLimits;
  const renewed = minutes(hostJson.extensions.serviceBus.maxAutoLockRenewalDuration);
  const mostMinutes = Math.min(renewed, minutes(hostJson.functionTimeout));
  expect(mostMinutes).toBe(30);
  expect(holdInSessionMs + maxBackOffMs).toBeLessThan(mostMinutes * 60_000);
  expect(holdInSessionMs).toBe(20 * 60_000);
});

test('a copy that was taken unheard is sent again, by whoever finds the lock expired too, while it is still folded', () => {
  const queues = topology.serviceBus.queues.flatMap(({ properties }) =>
    'duplicateDetectionHistoryTimeWindow' in properties ? [properties] : [],
  );
  expect(queues).not.toEqual([]);
  for (const { lockDuration, duplicateDetectionHistoryTimeWindow } of queues) {
    const left = minutes(String(duplicateDetectionHistoryTimeWindow)) - minutes(lockDuration);
    expect(defaultLimits.holdUnsentMs).toBeLessThan(left * 60_000);
  }
  expect(defaultLimits.holdUnsentMs).toBe(240_000);
});

test('what no repeat mends is dead-lettered by its code, with what happened', () => {
  expect(settle(new AppError('invalid-message', 'no JSON'), first, 0)).toEqual({
    action: 'dead-letter',
    reason: 'invalid-message',
    description: 'no JSON',
  });
});

test('a business no and a conflict are done with', () => {
  expect(settle(new AppError('payment-declined', ''), first, 0)).toEqual({ action: 'complete' });
  expect(settle(new AppError('too-late-to-cancel', ''), first, 0)).toEqual({ action: 'complete' });
});

test('the delay in place doubles', () => {
  expect([1, 2, 3, 4].map((tries) => delayInPlace(tries, 1))).toEqual([200, 400, 800, 1_600]);
});

/** The table of docs/architecture.md. */
const table = {
  'invalid-input': ['dead-letter', 'quarantine', 'one-by-one', 'dead-letter', 'failed'],
  'not-found': ['dead-letter', 'quarantine', 'one-by-one', 'dead-letter', 'failed'],
  permanent: ['dead-letter', 'quarantine', 'one-by-one', 'dead-letter', 'failed'],
  conflict: ['complete', 'skip', 'one-by-one', 'skip', 'done'],
  rejected: ['complete', 'skip', 'one-by-one', 'skip', 'declined'],
  transient: ['retry', 'wait', 'wait', 'throw', 'throw'],
  unknown: ['abandon', 'quarantine', 'wait', 'throw', 'throw'],
} as const;

test.each(Object.keys(errorRegistry) as ErrorCode[])('%s is settled by its kind, whatever failed', (code) => {
  const error = new AppError(code, '');
  expect([
    settle(error, first, 0).action,
    settleEvent(error),
    settleBatch(error, 1),
    settleDelivery(error),
    settleActivity(error),
  ]).toEqual(table[error.kind]);
});

test('a batch waits for what nobody foresaw, then its events are taken one by one; for a dependency it waits for ever', () => {
  expect(settleBatch(unforeseen, triesOfUnknown - 1)).toBe('wait');
  expect(settleBatch(unforeseen, triesOfUnknown)).toBe('one-by-one');
  expect(settleBatch(down, 1_000_000)).toBe('wait');
});

function isWithinBounds(settlement: Settlement, { tries, copy, ageMs, heldMs, hasSession }: Attempt): boolean {
  const { maxBackOffMs, maxCopies, maxAgeMs, holdInSessionMs, triesInPlace } = defaultLimits;
  switch (settlement.action) {
    case 'complete':
    case 'dead-letter':
      return true;
    case 'abandon':
      return settlement.delayMs >= 0 && settlement.delayMs <= maxBackOffMs;
    case 'copy':
      return !hasSession && copy < maxCopies && ageMs < maxAgeMs && isDelay(settlement.delayMs);
    case 'retry':
      return isDelay(settlement.delayMs) && (hasSession ? heldMs <= holdInSessionMs : tries < triesInPlace);
  }
}

const isDelay = (ms: number): boolean => ms >= 100 && ms <= defaultLimits.maxBackOffMs;

test('delays stay within their bounds and every failure comes to an end, whatever the attempt', () => {
  const attempt = fc.record({
    copy: fc.nat(2 * defaultLimits.maxCopies),
    delivery: fc.integer({ min: 1, max: 5 }),
    tries: fc.integer({ min: 1, max: 2_000 }),
    ageMs: fc.nat(2 * defaultLimits.maxAgeMs),
    heldMs: fc.nat(2 * defaultLimits.holdInSessionMs),
    hasSession: fc.boolean(),
  });
  const error = fc
    .tuple(fc.constantFrom(...(Object.keys(errorRegistry) as ErrorCode[])), fc.option(fc.nat(10_000_000)))
    .map(([code, retryAfterMs]) => new AppError(code, '', retryAfterMs === null ? {} : { retryAfterMs }));
  fc.assert(
    fc.property(error, attempt, fc.double({ min: 0, max: 1, noNaN: true }), (failed, given, jitter) => {
      expect(isWithinBounds(settle(failed, given, jitter), given)).toBe(true);
    }),
  );
});
