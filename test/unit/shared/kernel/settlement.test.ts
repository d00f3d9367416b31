import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError, type ErrorCode, errorRegistry } from '../../../../shared/kernel/errors.ts';
import { type Attempt, defaultLimits, settle } from '../../../../shared/kernel/settlement.ts';

const first: Attempt = { copy: 0, tries: 1, originalAt: 0, now: 1000, hasSession: false };
const worn: Attempt = { ...first, tries: defaultLimits.triesInPlace };
const down = new AppError('payments-unavailable', 'down');

test('a transient failure is tried again in place, a little later each time', () => {
  expect(settle(down, first, 1)).toEqual({ action: 'retry', delayMs: 200 });
  expect(settle(down, { ...first, tries: 2 }, 1)).toEqual({ action: 'retry', delayMs: 400 });
});

test('after the tries in place the message is put off, longer with every copy up to the bound', () => {
  expect(settle(down, worn, 1)).toEqual({ action: 'copy', delayMs: 2_000 });
  expect(settle(down, { ...worn, copy: 2 }, 1)).toEqual({ action: 'copy', delayMs: 8_000 });
  expect(settle(down, { ...worn, copy: 60 }, 1)).toEqual({ action: 'copy', delayMs: 30_000 });
});

test('in a session queue nothing is copied, for a later message would overtake it', () => {
  expect(settle(down, { ...worn, hasSession: true }, 1)).toEqual({ action: 'abandon' });
});

test('a message that was put off for a day is dead-lettered', () => {
  const old = { ...worn, now: defaultLimits.maxAgeMs };
  expect(settle(down, old, 1)).toMatchObject({ action: 'dead-letter' });
});

test('a business no and a conflict are done with', () => {
  expect(settle(new AppError('payment-declined', ''), first, 0)).toEqual({ action: 'complete' });
  expect(settle(new AppError('too-late-to-cancel', ''), first, 0)).toEqual({ action: 'complete' });
});

test('what nobody foresaw is abandoned, so that the delivery count bounds it', () => {
  expect(settle(new AppError('internal-error', ''), first, 0)).toEqual({ action: 'abandon' });
});

test('the delay stays within its bounds whatever the jitter and however many copies there were', () => {
  const attempt = fc.record({
    copy: fc.nat(1000),
    tries: fc.integer({ min: 1, max: 10 }),
    originalAt: fc.constant(0),
    now: fc.nat(defaultLimits.maxAgeMs - 1),
    hasSession: fc.constant(false),
  });
  fc.assert(
    fc.property(attempt, fc.double({ min: 0, max: 1, noNaN: true }), (given, jitter) => {
      const settlement = settle(down, given, jitter);
      if (settlement.action !== 'retry' && settlement.action !== 'copy') throw new Error(settlement.action);
      expect(settlement.delayMs).toBeGreaterThan(0);
      expect(settlement.delayMs).toBeLessThanOrEqual(defaultLimits.maxBackOffMs);
    }),
  );
});

test.each(Object.keys(errorRegistry) as ErrorCode[])('%s is settled in one way or another', (code) => {
  const { kind } = errorRegistry[code];
  const expected =
    { transient: 'retry', unknown: 'abandon', rejected: 'complete', conflict: 'complete' }[kind as string] ??
    'dead-letter';
  expect(settle(new AppError(code, ''), first, 0).action).toBe(expected);
});
