import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../../local/host/timer/schedule.ts';

const next = (schedule: string, from: string, timeZone?: string) =>
  parseSchedule(schedule, timeZone)(new Date(from))?.toISOString();

describe('timer schedule', () => {
  it.each([
    ['*/5 * * * * *', '2026-01-01T00:00:01Z', '2026-01-01T00:00:05.000Z'],
    ['0 */5 * * * *', '2026-01-01T00:05:00Z', '2026-01-01T00:10:00.000Z'],
    ['0 0 9-17 * * *', '2026-01-01T17:00:00Z', '2026-01-02T09:00:00.000Z'],
    ['0 30 9 * * 1-5', '2026-01-02T10:00:00Z', '2026-01-05T09:30:00.000Z'],
    ['0 0 0 1 Jan *', '2026-01-02T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['0 0 12 * * Sun', '2026-01-01T00:00:00Z', '2026-01-04T12:00:00.000Z'],
    ['0 5/15 * * * *', '2026-01-01T00:06:00Z', '2026-01-01T00:20:00.000Z'],
    ['*/2 * * * *', '2026-01-01T00:00:30Z', '2026-01-01T00:02:00.000Z'],
    ['00:00:30', '2026-01-01T00:00:01Z', '2026-01-01T00:00:31.000Z'],
    ['1.00:00:00', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z'],
  ])('%s after %s is %s', (schedule, from, expected) => {
    expect(next(schedule, from)).toBe(expected);
  });

  it('needs day of month and day of week to match both, as NCRONTAB does', () => {
    expect(next('0 0 0 13 * 5', '2026-01-01T00:00:00Z')).toBe('2026-02-13T00:00:00.000Z');
  });

  it('follows the time zone of WEBSITE_TIME_ZONE', () => {
    expect(next('0 0 2 * * *', '2026-07-01T00:00:00Z', 'Europe/Berlin')).toBe('2026-07-02T00:00:00.000Z');
  });

  it.each([
    '',
    'soon',
    '* * *',
    '60 * * * * *',
    '0 0 0 L * *',
    '0 0 0 * * 5#2',
    '@daily',
    '0 0 0 15W * *',
    '00:00:00',
    '? * * * * *',
  ])('refuses %j', (schedule) => {
    expect(() => parseSchedule(schedule)).toThrow(/The schedule/);
  });
});
