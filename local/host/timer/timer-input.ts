// The timer object a function is called with.
import type { TypedData } from '../function-app.ts';
import { type ScheduleStatus, toWire } from './schedule-status.ts';

/** A timer that fires more than once a minute has no status. */
export function timerInput(status: ScheduleStatus | undefined, isPastDue: boolean): TypedData {
  const ScheduleStatus = status ? toWire(status) : null;
  return { json: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus, IsPastDue: isPastDue }) };
}
