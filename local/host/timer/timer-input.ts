// The timer object a function is called with.
import type { TypedData } from '../function-app.ts';

export interface TimerOccasion {
  readonly last: Date | undefined;
  readonly next: Date | undefined;
  readonly now: Date;
}

/** .NET's zero date stands for "never". */
const never = '0001-01-01T00:00:00';

export function timerInput({ last, next, now }: TimerOccasion): TypedData {
  const status = {
    Last: last?.toISOString() ?? never,
    Next: next?.toISOString() ?? never,
    LastUpdated: (last ?? now).toISOString(),
  };
  return { json: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: false }) };
}
