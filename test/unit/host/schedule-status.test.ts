import { describe, expect, it } from 'vitest';
import { isFrequent, parseSchedule } from '../../../local/host/timer/schedule.ts';
import { beginAt, fromWire, toWire } from '../../../local/host/timer/schedule-status.ts';

const now = new Date('2026-01-01T00:00:00Z');

describe('schedule status', () => {
  it('is read as it was written, as the real host writes it too', () => {
    const status = { last: undefined, next: new Date('2026-01-01T00:05:00Z'), lastUpdated: now };
    expect(fromWire(JSON.stringify(toWire(status)))).toEqual(status);
    const real =
      '{"Last":"2026-01-01T01:00:00.0004712+01:00","Next":"2026-01-01T01:05:00+01:00","LastUpdated":"0001-01-01T00:00:00"}';
    expect(fromWire(real)).toEqual({ last: now, next: status.next, lastUpdated: undefined });
  });

  it.each(['', 'no JSON', 'null'])('that is no status (%j) is none', (text) => {
    expect(fromWire(text)).toBeUndefined();
  });

  it('of a timer that is new is reckoned from now', () => {
    const { status, isPastDue } = beginAt(now, parseSchedule('0 0 * * * *'), undefined);
    expect({ status, isPastDue }).toEqual({
      status: { last: undefined, next: new Date('2026-01-01T01:00:00Z'), lastUpdated: now },
      isPastDue: false,
    });
  });

  it.each([
    ['* * * * * *', true],
    ['*/30 * * * * *', true],
    ['0 * * * * *', false],
    ['00:00:59', true],
    ['00:01:00', false],
    ['0 0 3 * * *', false],
  ])('is not kept of %s: %s', (schedule, expected) => {
    expect(isFrequent(parseSchedule(schedule), now)).toBe(expected);
  });
});
