// When a timer fires next: NCRONTAB (six fields, seconds first; five are taken too) or a constant TimeSpan.
import { Cron } from 'croner';
import { parseTimeSpan } from '../time-span.ts';

/** The first occurrence after `from`, or undefined when there is none. */
export type Schedule = (from: Date) => Date | undefined;

/**
 * @param timeZone IANA name, as the setting WEBSITE_TIME_ZONE gives it; default UTC
 * @throws Error that names the schedule and what is wrong with it
 */
export function parseSchedule(text: string, timeZone = 'Etc/UTC'): Schedule {
  const intervalMs = parseTimeSpan(text);
  if (intervalMs !== undefined) {
    if (intervalMs <= 0) throw new Error(`The schedule '${text}' must be longer than nothing.`);
    return (from) => new Date(from.getTime() + intervalMs);
  }
  // Croner knows more than NCRONTAB does: L, W, #, ?, nicknames. Azure would refuse them.
  if (!/^[\d\sA-Za-z*,/-]+$/.test(text) || /(?<![A-Za-z])[LW](?![A-Za-z])|\d[LW]/i.test(text))
    throw new Error(`The schedule '${text}' is no NCRONTAB expression.`);
  try {
    const cron = new Cron(text, { mode: '5-or-6-parts', domAndDow: true, sloppyRanges: true, timezone: timeZone });
    return (from) => cron.nextRun(from) ?? undefined;
  } catch (error) {
    throw new Error(`The schedule '${text}' is no NCRONTAB expression: ${(error as Error).message}`, { cause: error });
  }
}

const minuteMs = 60_000;

/** Recurs within less than a minute: Azure keeps no status of such a timer. */
export function isFrequent(nextAfter: Schedule, now: Date): boolean {
  const first = nextAfter(now);
  const second = first && nextAfter(first);
  return first !== undefined && second !== undefined && second.getTime() - first.getTime() < minuteMs;
}
