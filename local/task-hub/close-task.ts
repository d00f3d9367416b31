// The end of a task: an activity's or sub-orchestration's result, or a timer that fires. It counts once: what is not
// open any more, or belongs to an older execution, changes nothing.
import { conclude } from './conclude.ts';
import { type HistoryEvent, eventType, happened, timestamp } from '../durable-protocol/history-event.ts';
import {
  type ChildOutcome,
  type Instance,
  type Moment,
  type OpenTask,
  type Step,
  isFinished,
  mergeSteps,
  nextSeq,
} from './instance.ts';
import type { ActivityOutcome } from '../durable-protocol/work.ts';

/** Which task of which execution. */
export interface TaskReference {
  readonly executionId: string;
  readonly taskId: number;
}

export function closeActivity(
  instance: Instance,
  reference: TaskReference,
  outcome: ActivityOutcome,
  moment: Moment,
): Step | undefined {
  return close(instance, reference, 'activity', activityEvent(reference.taskId, outcome, moment.nowMs), moment);
}

export function closeSubOrchestration(
  instance: Instance,
  reference: TaskReference,
  outcome: ChildOutcome,
  moment: Moment,
): Step | undefined {
  const task = instance.open.get(reference.taskId);
  if (task?.kind !== 'sub-orchestration') return undefined;
  const event = childEvent(reference.taskId, task.name, outcome, moment.nowMs);
  return close(instance, reference, 'sub-orchestration', event, moment);
}

export function fireTimer(instance: Instance, reference: TaskReference, moment: Moment): Step | undefined {
  const task = instance.open.get(reference.taskId);
  if (task?.kind !== 'timer') return undefined;
  return close(instance, reference, 'timer', timerFired(task.taskId, task.fireAtMs, moment.nowMs), moment);
}

export function timerFired(taskId: number, fireAtMs: number, nowMs: number): HistoryEvent {
  return happened(nowMs, { EventType: eventType.timerFired, TimerId: taskId, FireAt: timestamp(fireAtMs) });
}

function close(
  instance: Instance,
  { executionId, taskId }: TaskReference,
  kind: OpenTask['kind'],
  event: HistoryEvent,
  moment: Moment,
): Step | undefined {
  const { record, open, inbox } = instance;
  const task = open.get(taskId);
  if (isFinished(record) || record.executionId !== executionId || task?.kind !== kind) return undefined;
  if (!record.pendingOutcome) {
    const arrival = { seq: nextSeq(instance), event, ...(awaitsRetry(task, event) && { of: task }) };
    return { closed: [taskId], arrived: [arrival] };
  }
  // The orchestrator has returned: nobody waits for this task but the instance's end.
  const closed: Step = { closed: [taskId], history: [event] };
  return open.size > 1 ? closed : mergeSteps(closed, conclude(record, record.pendingOutcome, inbox, moment));
}

/** A failed call with a retry policy, and the timer between two attempts, go to the policy before the orchestrator. */
function awaitsRetry(task: OpenTask, event: HistoryEvent): boolean {
  if (task.kind === 'timer') return task.retries !== undefined;
  const isFailure = event.EventType === eventType.taskFailed || event.EventType === eventType.subOrchestrationFailed;
  return isFailure && task.retry !== undefined;
}

function activityEvent(taskId: number, outcome: ActivityOutcome, nowMs: number): HistoryEvent {
  if (outcome.kind === 'completed')
    return happened(nowMs, { EventType: eventType.taskCompleted, TaskScheduledId: taskId, Result: outcome.result });
  const { kind: _, ...failure } = outcome;
  return happened(nowMs, { EventType: eventType.taskFailed, TaskScheduledId: taskId, ...failure });
}

function childEvent(taskId: number, name: string, outcome: ChildOutcome, nowMs: number): HistoryEvent {
  if (outcome.kind === 'completed') {
    const Result = outcome.output;
    return happened(nowMs, { EventType: eventType.subOrchestrationCompleted, TaskScheduledId: taskId, Result });
  }
  const { message, failureDetails } = outcome;
  return happened(nowMs, {
    EventType: eventType.subOrchestrationFailed,
    TaskScheduledId: taskId,
    Reason: `Sub-orchestrator function '${name}' failed: ${message}`,
    Details: message,
    ...(failureDetails && { FailureDetails: failureDetails }),
  });
}
