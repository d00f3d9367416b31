// From the history back to the tasks that are open: what a rewind tries again.
import { type SchedulingEvent, eventType } from '../durable-protocol/history-event.ts';
import type { OpenCall, OpenTask } from './instance.ts';

export type Scheduled = SchedulingEvent;
type ScheduledCall = Extract<Scheduled, { EventType: 4 | 7 }>;

/** Those of the tasks that have not ended; a signal has ended when it is sent. */
export function reopen(scheduled: ReadonlyMap<number, Scheduled>, ended: ReadonlySet<number | undefined>): OpenTask[] {
  const isOpen = (taskId: number) => scheduled.has(taskId) && !ended.has(taskId);
  return [...scheduled.values()].flatMap((event) => {
    if (!isOpen(event.EventId)) return [];
    if (event.EventType === eventType.timerCreated) return [openTimer(event, scheduled)];
    if (event.EventType !== eventType.eventSent)
      return waitsForTimer(event, isOpen) ? [] : [openCall(event, scheduled)];
    if (event.Request !== 'call') return [];
    const { EventId: taskId, InstanceId: entityId, Name: operation } = event;
    const { input } = JSON.parse(event.Input) as { input: string };
    return [{ taskId, kind: 'entity-call', entityId, operation, input }];
  });
}

function openTimer(event: Extract<Scheduled, { EventType: 10 }>, scheduled: ReadonlyMap<number, Scheduled>): OpenTask {
  const timer = { taskId: event.EventId, kind: 'timer' as const, fireAtMs: Date.parse(event.FireAt) };
  if (event.RetryOf === undefined) return timer;
  const next = scheduled.get(event.EventId + 1);
  if (next && isPoll(next)) return { ...timer, polls: openCall(next, scheduled) };
  const failed = attemptsOf(event.RetryOf, event.EventId, scheduled).at(-1);
  return failed ? { ...timer, retries: openCall(failed, scheduled) } : timer;
}

function openCall(event: ScheduledCall, scheduled: ReadonlyMap<number, Scheduled>): OpenCall {
  const { EventId: taskId, Name: name, Input, Policy, RetryOf: firstTaskId = taskId } = event;
  const call = { taskId, name, input: Input ?? 'null', ...Policy };
  const attempts = attemptsOf(firstTaskId, taskId + 1, scheduled);
  const firstAttemptAtMs = Date.parse(attempts[0]?.Timestamp ?? event.Timestamp);
  const progress = Policy?.retry && { progress: { firstTaskId, attempt: attempts.length, firstAttemptAtMs } };
  if (event.EventType === eventType.taskScheduled) return { kind: 'activity', ...call, ...progress };
  const { InstanceId: instanceId, Version } = event;
  return {
    kind: 'sub-orchestration',
    ...call,
    instanceId,
    ...(Version !== undefined && { version: Version }),
    ...progress,
  };
}

/** The calls made for one task before the id `beforeId`, the first included. */
function attemptsOf(firstTaskId: number, beforeId: number, scheduled: ReadonlyMap<number, Scheduled>): ScheduledCall[] {
  return [...scheduled.values()]
    .filter(isCall)
    .filter(({ EventId, RetryOf = EventId }) => RetryOf === firstTaskId && EventId < beforeId);
}

/** The next call of a poll stands in the history with its timer, and is made when that fires. */
function waitsForTimer(event: ScheduledCall, isOpen: (taskId: number) => boolean): boolean {
  return isPoll(event) && isOpen(event.EventId - 1);
}

function isPoll(event: Scheduled): event is ScheduledCall {
  return isCall(event) && event.RetryOf !== undefined && event.Policy?.pollDelayMs !== undefined;
}

function isCall(event: Scheduled): event is ScheduledCall {
  return event.EventType === eventType.taskScheduled || event.EventType === eventType.subOrchestrationCreated;
}
