// The policies of calls: to try again, to poll. durable-functions gives the timer after every failed attempt, the last too, and every further
// attempt the next free task id at the moment it sees the event, and runs no user code then (RetryableTask; polling is
// alike). So the hub writes these events to the history itself, between episodes, where the order of ids is beyond doubt.
import { timerFired } from './close-task.ts';
import { conclude } from './conclude.ts';
import { type Poll, pollOf } from './http-poll.ts';
import {
  type Arrival,
  type Instance,
  type Message,
  type Moment,
  type OpenCall,
  type OpenTask,
  type PendingOutcome,
  type RetryProgress,
  type Step,
  isRunnable,
  nextSeq,
} from './instance.ts';
import { scheduledEvent, startMessages } from './open-task.ts';
import type { HistoryEvent, RetryPolicy } from '../durable-protocol/history-event.ts';

/** How many attempts a retry time-out may cut off: durable-functions waits for each of them all the same. */
const mostAttemptsCutOff = 1_000;
const longestDelayMs = 100 * 365 * 24 * 3_600_000;

/** What the policies make of the instance's failed attempts, as a step being written. */
interface Draft {
  readonly instance: Instance;
  readonly nowMs: number;
  nextTaskId: number;
  nextSeq: number;
  readonly taken: number[];
  readonly history: HistoryEvent[];
  readonly arrived: Arrival[];
  readonly opened: OpenTask[];
  readonly messages: Message[];
}

/** Takes what goes to policies, and their timers that fired, out of the inbox; undefined: there is nothing of the kind. */
export function advancePolicies(instance: Instance, moment: Moment): Step | undefined {
  if (!isRunnable(instance) || !instance.inbox.some(({ of }) => of)) return undefined;
  const { nowMs } = moment;
  const { nextTaskId } = instance;
  const draft: Draft = {
    instance,
    nowMs,
    nextTaskId,
    nextSeq: nextSeq(instance),
    taken: [],
    history: [],
    arrived: [],
    opened: [],
    messages: [],
  };
  for (const { seq, event, of: task } of instance.inbox) {
    if (!task) continue;
    draft.taken.push(seq);
    draft.history.push(event);
    if (task.kind === 'timer') {
      if (task.retries) tryAgain(draft, task.retries);
      if (task.polls) draft.opened.push(task.polls);
    } else if (task.kind === 'activity' || task.kind === 'sub-orchestration') {
      const poll = pollOf(task, event);
      const endless = poll ? pollLater(draft, task, poll) : afterFailure(draft, task, event);
      if (endless) return endWith(instance, endless, moment);
    }
  }
  const { taken, history, arrived, opened, messages } = draft;
  return { taken, history, arrived, opened, messages };
}

function endWith({ record, open, inbox }: Instance, outcome: PendingOutcome, moment: Moment): Step {
  return { ...conclude(record, outcome, inbox, moment), closed: [...open.keys()] };
}

/** The library gives the next call its id with the timer's, before it is due. */
function pollLater(draft: Draft, answered: OpenCall, poll: Poll): undefined {
  const fireAtMs = draft.nowMs + poll.delayMs;
  const taskId = draft.nextTaskId++;
  const polls = { ...poll.call, taskId: draft.nextTaskId++ };
  const timer: OpenTask = { taskId, kind: 'timer', fireAtMs, polls };
  draft.opened.push(timer);
  for (const task of [timer, polls])
    draft.history.push(scheduledEvent(draft.instance.record, task, draft.nowMs, answered.taskId));
}

/** Answers how the instance ends, when the policy cannot be carried out. */
function afterFailure(draft: Draft, call: OpenCall, failure: HistoryEvent): PendingOutcome | undefined {
  const { retry, progress } = call;
  if (!retry || !progress) return undefined;
  if (progress.attempt >= retry.maxNumberOfAttempts) return giveUp(draft, call);
  const fireAtMs = draft.nowMs + retryDelayMs(retry, progress.attempt);
  if (isTimedOut(retry, progress, draft.nowMs)) return cutOff(draft, call, failure);
  const timer: OpenTask = { taskId: draft.nextTaskId++, kind: 'timer', fireAtMs, retries: call };
  draft.opened.push(timer);
  draft.history.push(scheduledEvent(draft.instance.record, timer, draft.nowMs, progress.firstTaskId));
  return undefined;
}

/** Differs from Azure: the timer after the last attempt fires at once; there the orchestrator waits one interval more. */
function giveUp(draft: Draft, call: OpenCall): undefined {
  const { taskId, event } = immediateTimer(draft, call);
  draft.history.push(event);
  draft.arrived.push({ seq: draft.nextSeq++, event: timerFired(taskId, draft.nowMs, draft.nowMs) });
}

/** The attempts the time-out leaves no time for fail as the last one did, without being made. */
function cutOff(draft: Draft, call: OpenCall, failure: HistoryEvent): PendingOutcome | undefined {
  const { retry, progress } = call;
  if (!retry || !progress) return undefined;
  const left = retry.maxNumberOfAttempts - progress.attempt;
  if (left > mostAttemptsCutOff) {
    const message = `'${call.name}' reached retryTimeoutInMilliseconds with ${left} attempts left, and durable-functions waits for all of them. Set maxNumberOfAttempts to ${mostAttemptsCutOff} at most.`;
    return { outcome: { kind: 'failed' as const, message }, carried: [] };
  }
  for (let attempt = 0; attempt < left; attempt++) {
    const { taskId, event } = immediateTimer(draft, call);
    const again = { ...call, taskId: draft.nextTaskId++ };
    const scheduled = scheduledEvent(draft.instance.record, again, draft.nowMs, progress.firstTaskId);
    const failed = { ...failure, TaskScheduledId: again.taskId } as HistoryEvent;
    draft.history.push(event, timerFired(taskId, draft.nowMs, draft.nowMs), scheduled, failed);
  }
  return giveUp(draft, call);
}

function immediateTimer(draft: Draft, call: OpenCall): { taskId: number; event: HistoryEvent } {
  const timer = { taskId: draft.nextTaskId++, kind: 'timer' as const, fireAtMs: draft.nowMs };
  const event = scheduledEvent(draft.instance.record, timer, draft.nowMs, call.progress?.firstTaskId);
  return { taskId: timer.taskId, event };
}

function tryAgain(draft: Draft, call: OpenCall): void {
  const { progress } = call;
  if (!progress) return;
  const again = {
    ...call,
    taskId: draft.nextTaskId++,
    progress: { ...progress, attempt: progress.attempt + 1 },
  };
  draft.opened.push(again);
  draft.history.push(scheduledEvent(draft.instance.record, again, draft.nowMs, progress.firstTaskId));
  draft.messages.push(...startMessages(draft.instance.record, again));
}

/** The wait after attempt number `attempt`, from 1; a century at most. */
export function retryDelayMs(policy: RetryPolicy, attempt: number): number {
  const factor = Math.min((policy.backoffCoefficient ?? 1) ** (attempt - 1), longestDelayMs);
  return Math.min(policy.firstRetryIntervalMs * factor, policy.maxRetryIntervalMs ?? longestDelayMs, longestDelayMs);
}

function isTimedOut({ retryTimeoutMs }: RetryPolicy, { firstAttemptAtMs }: RetryProgress, nowMs: number): boolean {
  return retryTimeoutMs !== undefined && nowMs >= firstAttemptAtMs + retryTimeoutMs;
}
