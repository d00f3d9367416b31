// What is known of a timer's occurrences, and what follows from it when a host takes the timer up: as Azure's schedule monitor,
// https://github.com/Azure/azure-webjobs-sdk-extensions/tree/dev/src/WebJobs.Extensions/Extensions/Timers/Scheduling
import type { Schedule } from './schedule.ts';

export interface ScheduleStatus {
  /** Undefined: it has not fired yet. */
  readonly last: Date | undefined;
  /** Undefined: never again. */
  readonly next: Date | undefined;
  /** From when `next` was reckoned. */
  readonly lastUpdated: Date | undefined;
}

export interface Beginning {
  readonly status: ScheduleStatus;
  /** An occurrence has passed without a run. */
  readonly isPastDue: boolean;
}

/** `stored` is what the host before left behind. */
export function beginAt(now: Date, nextAfter: Schedule, stored: ScheduleStatus | undefined): Beginning {
  if (!stored) return { status: { last: undefined, next: nextAfter(now), lastUpdated: now }, isPastDue: false };
  const { last } = stored;
  const reckonedFrom = last ?? stored.lastUpdated ?? now;
  const expected = nextAfter(reckonedFrom);
  if (stored.next?.getTime() === expected?.getTime()) return { status: stored, isPastDue: isBefore(stored.next, now) };
  // The schedule has been changed: what the new one would have had in the past is not made up for.
  const isOver = isBefore(expected, now);
  const status = isOver ? { next: nextAfter(now), lastUpdated: now } : { next: expected, lastUpdated: reckonedFrom };
  return { status: { last, ...status }, isPastDue: false };
}

/** After a run that began at `at`. */
export function afterRun(at: Date, nextAfter: Schedule): ScheduleStatus {
  return { last: at, next: nextAfter(at), lastUpdated: at };
}

function isBefore(date: Date | undefined, now: Date): boolean {
  return date !== undefined && date < now;
}

/** .NET's zero date stands for "never". */
const never = '0001-01-01T00:00:00';

/** As Azure writes it into the status blob and hands it to the function. */
export function toWire({ last, next, lastUpdated }: ScheduleStatus): Readonly<Record<string, string>> {
  const text = (date: Date | undefined) => date?.toISOString() ?? never;
  return { Last: text(last), Next: text(next), LastUpdated: text(lastUpdated) };
}

/** Undefined when it is no status: the timer begins anew. */
export function fromWire(json: string): ScheduleStatus | undefined {
  try {
    const { Last, Next, LastUpdated } = JSON.parse(json) as Record<string, string>;
    return { last: dateOf(Last), next: dateOf(Next), lastUpdated: dateOf(LastUpdated) };
  } catch {
    return undefined;
  }
}

function dateOf(text: string | undefined): Date | undefined {
  const parsed = new Date(text ?? never);
  return parsed.getUTCFullYear() > 1 ? parsed : undefined;
}
