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
  type TaskAddress,
  holdsUpEnd,
  isFinished,
  mergeSteps,
  nextSeq,
} from './instance.ts';
import { pollOf } from './http-poll.ts';
import { lockRequest, requestId } from './open-task.ts';
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

/** An entity has answered a call; `name` is the request's id, by which the library finds its task. */
export function closeEntityCall(
  instance: Instance,
  reference: TaskReference,
  name: string,
  answer: string,
  moment: Moment,
): Step | undefined {
  return close(instance, reference, 'entity-call', answered(reference.taskId, name, answer, moment.nowMs), moment);
}

/** One entity of a lock is ours: the next is asked, until all are. Undefined: nobody waits for it any more. */
export function lockGranted(instance: Instance, address: TaskAddress, moment: Moment): Step | undefined {
  const { record, open } = instance;
  const task = open.get(address.taskId);
  if (task?.kind !== 'lock' || record.executionId !== address.executionId || isFinished(record)) return undefined;
  const granted = task.granted + 1;
  const next = lockRequest(task.entityIds[granted], address);
  if (next.length > 0) return { opened: [{ ...task, granted }], messages: next };
  return close(instance, address, 'lock', answered(task.taskId, requestId(address), '{}', moment.nowMs), moment);
}

/** The library finds its task by the name of the event. */
function answered(taskId: number, id: string, answer: string, nowMs: number): HistoryEvent {
  return happened(nowMs, { EventType: eventType.eventRaised, Name: id, Input: answer, TaskScheduledId: taskId });
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
    const arrival = { seq: nextSeq(instance), event, ...(concernsPolicy(task, event) && { of: task }) };
    return { closed: [taskId], arrived: [arrival] };
  }
  // The orchestrator has returned: nobody waits for this task but the instance's end.
  const closed: Step = { closed: [taskId], history: [event] };
  const others = [...open.values()].some((each) => each !== task && holdsUpEnd(each));
  return others ? closed : mergeSteps(closed, conclude(record, record.pendingOutcome, inbox, moment));
}

/** What goes to a call's policy before the orchestrator: a failure to be retried, an answer to be polled, their timers. */
function concernsPolicy(task: OpenTask, event: HistoryEvent): boolean {
  if (task.kind === 'timer') return task.retries !== undefined || task.polls !== undefined;
  if (task.kind !== 'activity' && task.kind !== 'sub-orchestration') return false;
  const isFailure = event.EventType === eventType.taskFailed || event.EventType === eventType.subOrchestrationFailed;
  return isFailure ? task.retry !== undefined : pollOf(task, event) !== undefined;
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
