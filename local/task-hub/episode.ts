// An episode: the orchestrator is replayed over its history and sees the events that have arrived since. What it then
// schedules, cancels and returns is one step, with those events.
import { conclude, unconsumed, unlockMessages } from './conclude.ts';
import { type HistoryEvent, eventType, happened } from '../durable-protocol/history-event.ts';
import {
  type Instance,
  type InstanceRecord,
  type Message,
  type Moment,
  type OpenTask,
  type Step,
  holdsUpEnd,
  isRunnable,
  mergeSteps,
} from './instance.ts';
import { lockAfter, scheduledEvent, startMessages } from './open-task.ts';
import type { EpisodePlan, Outcome, PlannedTask } from '../durable-protocol/work.ts';

/** What an episode was begun with; events that arrive meanwhile wait for the next. */
export interface Episode {
  readonly executionId: string;
  readonly seqs: readonly number[];
  /** OrchestratorStarted, then the events that have arrived. */
  readonly fresh: readonly HistoryEvent[];
}

/** Undefined when there is nothing to run. Retries must have been advanced: their events take ids of their own. */
export function beginEpisode(instance: Instance, nowMs: number): Episode | undefined {
  if (!isRunnable(instance)) return undefined;
  return {
    executionId: instance.record.executionId,
    seqs: instance.inbox.map(({ seq }) => seq),
    fresh: [happened(nowMs, { EventType: eventType.orchestratorStarted }), ...instance.inbox.map(({ event }) => event)],
  };
}

/** A plan whose task ids do not follow on the history's fails the instance: the host and the hub disagree. */
export function endEpisode(instance: Instance, episode: Episode, sent: EpisodePlan, moment: Moment): Step {
  const misplaced = sent.tasks.find(({ taskId }, index) => taskId !== instance.nextTaskId + index);
  const plan = misplaced ? withoutTasks(sent, misplaced.taskId, instance.nextTaskId) : sent;
  const { nowMs } = moment;
  const { record, scheduled, messages } = send(afterEpisode(instance.record, plan, nowMs), plan.tasks, nowMs);
  const opened = plan.tasks.flatMap((task) => toOpenTask(task, nowMs) ?? []);
  const step: Step & { record: InstanceRecord } = {
    record,
    history: [...episode.fresh, ...scheduled, happened(nowMs, { EventType: eventType.orchestratorCompleted })],
    taken: episode.seqs,
    opened,
    closed: closedTasks(instance, opened, plan),
    messages,
  };
  return plan.outcome ? withOutcome(instance, episode, step, { ...plan, outcome: plan.outcome }, moment) : step;
}

function withOutcome(
  instance: Instance,
  episode: Episode,
  step: Step & { record: InstanceRecord },
  plan: EpisodePlan & Required<Pick<EpisodePlan, 'outcome'>>,
  moment: Moment,
): Step {
  const carried = unconsumed([...instance.history, ...episode.fresh], plan.awaitedEvents);
  const pending = { outcome: plan.outcome, carried };
  const closed = new Set(step.closed);
  const isOpen = [...instance.open.values(), ...(step.opened ?? [])].some(({ taskId }) => !closed.has(taskId));
  const isAbandoned = abandonsTasks(plan.outcome);
  if (isOpen && !isAbandoned) {
    const { lock: _, ...record } = step.record;
    const messages = [...(step.messages ?? []), ...unlockMessages(step.record)];
    return { ...step, record: { ...record, pendingOutcome: pending }, messages };
  }
  const taken = new Set(episode.seqs);
  const leftover = instance.inbox.filter(({ seq }) => !taken.has(seq));
  const last = isAbandoned ? { ...step, closed: [...instance.open.keys()] } : step;
  return mergeSteps(last, conclude(step.record, pending, leftover, moment));
}

function abandonsTasks(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.abandonsTasks === true;
}

function afterEpisode(record: InstanceRecord, plan: EpisodePlan, nowMs: number): InstanceRecord {
  const status = record.status === 'Pending' ? 'Running' : record.status;
  const { customStatus = record.customStatus } = plan;
  return { ...record, status, customStatus, updatedAtMs: nowMs };
}

/** What the tasks write and send, in their order: a lock taken is known to the unlock after it. */
function send(before: InstanceRecord, tasks: readonly PlannedTask[], nowMs: number) {
  let record = before;
  const scheduled: HistoryEvent[] = [];
  const messages: Message[] = [];
  for (const task of tasks) {
    const sent = task.kind === 'lock' ? { ...task, granted: 0 } : task;
    scheduled.push(scheduledEvent(record, sent, nowMs));
    messages.push(...startMessages(record, sent));
    const { lock: _, ...rest } = record;
    const lock = lockAfter(record, sent);
    record = { ...rest, ...(lock && { lock }) };
  }
  return { record, scheduled, messages };
}

/** Undefined: nobody waits for its end. */
function toOpenTask(task: PlannedTask, nowMs: number): OpenTask | undefined {
  if (task.kind === 'entity-signal' || task.kind === 'unlock') return undefined;
  if (task.kind === 'lock') return { ...task, granted: 0 };
  if (task.kind === 'timer' || task.kind === 'entity-call' || !task.retry) return task;
  return { ...task, progress: { firstTaskId: task.taskId, attempt: 1, firstAttemptAtMs: nowMs } };
}

/** Cancelled timers that are open; and, once the orchestrator has returned, whatever does not hold up the end. */
function closedTasks(instance: Instance, opened: readonly OpenTask[], plan: EpisodePlan): number[] {
  const cancelled = new Set(plan.cancelledTimers);
  const isIdle = (task: OpenTask) =>
    !holdsUpEnd(task) || (task.kind === 'timer' && (task.retries !== undefined || task.polls !== undefined));
  return [...instance.open.values(), ...opened]
    .filter((task) => cancelled.has(task.taskId) || (plan.outcome !== undefined && isIdle(task)))
    .map(({ taskId }) => taskId);
}

function withoutTasks(plan: EpisodePlan, taskId: number, expected: number): EpisodePlan {
  const message = `its host counted task ${taskId} where the task hub counts on from ${expected}.`;
  return { ...plan, tasks: [], outcome: { kind: 'failed', message, abandonsTasks: true } };
}
