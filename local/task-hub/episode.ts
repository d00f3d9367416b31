// An episode: the orchestrator is replayed over its history and sees the events that have arrived since. What it then
// schedules, cancels and returns is one step, with those events.
import { conclude, unconsumed } from './conclude.ts';
import { type HistoryEvent, eventType, happened } from '../durable-protocol/history-event.ts';
import {
  type Instance,
  type InstanceRecord,
  type Moment,
  type OpenTask,
  type Step,
  isRunnable,
  mergeSteps,
} from './instance.ts';
import { scheduledEvent, startMessages } from './open-task.ts';
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
  const opened = plan.tasks.map((task) => toOpenTask(task, nowMs));
  const closed = closedTimers(instance, opened, plan);
  const step: Step & { record: InstanceRecord } = {
    record: afterEpisode(instance.record, plan, nowMs),
    history: [
      ...episode.fresh,
      ...opened.map((task) => scheduledEvent(instance.record, task, nowMs)),
      happened(nowMs, { EventType: eventType.orchestratorCompleted }),
    ],
    taken: episode.seqs,
    opened,
    closed,
    messages: opened.flatMap((task) => startMessages(instance.record, task)),
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
  const openTasks = instance.open.size + (step.opened?.length ?? 0) - (step.closed?.length ?? 0);
  const isAbandoned = abandonsTasks(plan.outcome);
  if (openTasks > 0 && !isAbandoned) return { ...step, record: { ...step.record, pendingOutcome: pending } };
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

function toOpenTask(task: PlannedTask, nowMs: number): OpenTask {
  if (task.kind === 'timer' || !task.retry) return task;
  return { ...task, progress: { firstTaskId: task.taskId, attempt: 1, firstAttemptAtMs: nowMs } };
}

/** Cancelled timers that are open; and, once the orchestrator has returned, those that only wait to try again. */
function closedTimers(instance: Instance, opened: readonly OpenTask[], plan: EpisodePlan): number[] {
  const openTimers = [...instance.open.values(), ...opened].filter((task) => task.kind === 'timer');
  const cancelled = new Set(plan.cancelledTimers);
  const isClosed = (task: (typeof openTimers)[number]) =>
    cancelled.has(task.taskId) || (plan.outcome !== undefined && task.retries !== undefined);
  return openTimers.filter(isClosed).map(({ taskId }) => taskId);
}

function withoutTasks(plan: EpisodePlan, taskId: number, expected: number): EpisodePlan {
  const message = `its host counted task ${taskId} where the task hub counts on from ${expected}.`;
  return { ...plan, tasks: [], outcome: { kind: 'failed', message, abandonsTasks: true } };
}
