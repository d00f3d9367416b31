// How an execution ends. As in the Durable Task Framework it ends only when every activity, sub-orchestration and
// timer it scheduled is finished or cancelled: until then the instance stays Running (TaskOrchestrationExecutor).
import { type HistoryEvent, eventType, happened } from '../durable-protocol/history-event.ts';
import { unlockRequest } from './open-task.ts';
import type { Arrival, ChildOutcome, InstanceRecord, Message, Moment, PendingOutcome, Step } from './instance.ts';

/** The step that carries out `pending`; `leftover` is what the inbox still holds. */
export function conclude(
  record: InstanceRecord,
  { outcome, carried }: PendingOutcome,
  leftover: readonly Arrival[],
  moment: Moment,
): Step {
  if (outcome.kind === 'continued-as-new') return beginAgain(record, outcome.input, carried, leftover, moment);
  const { pendingOutcome: _, lock: __, ...rest } = record;
  const messages = [...unlockMessages(record), ...parentMessages(record, outcome)];
  return {
    record: { ...rest, ...ending(record, outcome), updatedAtMs: moment.nowMs },
    history: [lastEvent(record, outcome, moment.nowMs)],
    taken: leftover.map(({ seq }) => seq),
    messages,
  };
}

function ending(record: InstanceRecord, outcome: ChildOutcome): Pick<InstanceRecord, 'status' | 'output'> {
  return outcome.kind === 'completed'
    ? { status: 'Completed', output: outcome.output }
    : { status: 'Failed', output: JSON.stringify(failureText(record, outcome.message)) };
}

function lastEvent(record: InstanceRecord, outcome: ChildOutcome, nowMs: number): HistoryEvent {
  if (outcome.kind === 'completed')
    return happened(nowMs, { EventType: eventType.executionCompleted, Result: outcome.output });
  const { message, failureDetails } = outcome;
  return happened(nowMs, {
    EventType: eventType.executionFailed,
    Reason: failureText(record, message),
    Details: message,
    ...(failureDetails && { FailureDetails: failureDetails }),
  });
}

function failureText({ name }: InstanceRecord, message: string): string {
  return `Orchestrator function '${name}' failed: ${message}`;
}

/** An execution that ends gives its locks back, those it still waits for too. */
export function unlockMessages({ lock }: InstanceRecord): Message[] {
  return lock?.entityIds.map((entityId) => unlockRequest(entityId, lock.id)) ?? [];
}

/** What a sub-orchestration tells its parent; nothing for an instance of its own. */
export function parentMessages(record: InstanceRecord, outcome: ChildOutcome): Message[] {
  const { parent } = record;
  return parent ? [{ kind: 'child-finished', to: parent.instanceId, parent, outcome }] : [];
}

function beginAgain(
  record: InstanceRecord,
  input: string,
  carried: readonly HistoryEvent[],
  leftover: readonly Arrival[],
  { nowMs, freshExecutionId }: Moment,
): Step {
  const { pendingOutcome: _, lock: __, ...rest } = record;
  const started = happened(nowMs, {
    EventType: eventType.executionStarted,
    Name: record.name,
    Input: input,
    ...(record.version !== undefined && { Version: record.version }),
  });
  const raised = leftover.map(({ event }) => event).filter(isExternal);
  return {
    restart: true,
    record: { ...rest, executionId: freshExecutionId, status: 'Running', input, updatedAtMs: nowMs },
    arrived: [started, ...carried, ...raised].map((event, seq) => ({ seq, event })),
    messages: unlockMessages(record),
  };
}

/** The external events in `events` that no wait has consumed, in order. */
export function unconsumed(events: readonly HistoryEvent[], awaited: Readonly<Record<string, number>>): HistoryEvent[] {
  const waits = new Map(Object.entries(awaited));
  return events.filter((event) => {
    if (!isExternal(event)) return false;
    const left = waits.get(event.Name) ?? 0;
    waits.set(event.Name, left - 1);
    return left <= 0;
  });
}

/** An entity's answer is raised as an event too, but nobody raised it from outside. */
function isExternal(event: HistoryEvent): event is Extract<HistoryEvent, { EventType: 15 }> {
  return event.EventType === eventType.eventRaised && event.TaskScheduledId === undefined;
}
