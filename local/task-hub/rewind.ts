// Rewind: a failed instance goes back to before its last failure and tries what failed once more, its sub-orchestrations
// too (learn.microsoft.com, "Manage instances in Durable Functions": rewind).
// Differs from Azure: what happened after the last failure is forgotten, so that the history still fits the code; there
// every failure is taken out of it, those the code went on from too.
import { type HistoryEvent, eventType, happened, isScheduling } from '../durable-protocol/history-event.ts';
import {
  isFinished,
  type Instance,
  type Message,
  type Moment,
  type OpenTask,
  type Step,
  type TaskAddress,
} from './instance.ts';
import { parentMessages } from './conclude.ts';
import { type Scheduled, reopen } from './reopen-task.ts';

/** Undefined: the instance has not failed, or held locks that others may have taken since. */
export function rewind(
  { record, history }: Instance,
  reason: string,
  { nowMs, freshExecutionId }: Moment,
): Step | undefined {
  if (record.status !== 'Failed') return undefined;
  const cut = beginningOfFailure(history);
  const kept = history.slice(0, cut);
  const scheduled = new Map(kept.filter(isScheduling).map((event) => [event.EventId, event]));
  if (isLocked([...scheduled.values()])) return undefined;
  const seenAgain = history.slice(cut).filter((event) => isStillGood(event, scheduled));
  const ended = new Set([...kept, ...seenAgain].map(endedTask));
  const opened = reopen(scheduled, ended);
  const note = happened(nowMs, { EventType: eventType.genericEvent, Data: `Rewind: ${reason}` });
  const addressOf = (taskId: number) => ({ instanceId: record.instanceId, executionId: freshExecutionId, taskId });
  return {
    restart: true,
    record: { ...record, executionId: freshExecutionId, status: 'Running', output: null, updatedAtMs: nowMs },
    history: kept,
    arrived: [note, ...seenAgain].map((event, seq) => ({ seq, event })),
    opened,
    messages: opened.flatMap((task) => messagesOf(task, scheduled.get(task.taskId), addressOf(task.taskId), reason)),
  };
}

/** A child whose parent is rewound: it is rewound itself, or goes on, or says again how it ended. Undefined: it cannot. */
export function rewindChild(child: Instance, parent: TaskAddress, reason: string, moment: Moment): Step | undefined {
  const record = { ...child.record, parent };
  if (!isFinished(record)) return { record };
  if (record.status === 'Completed')
    return { record, messages: parentMessages(record, { kind: 'completed', output: record.output ?? 'null' }) };
  return rewind({ ...child, record }, reason, moment);
}

/** Where the episode begins that saw the last failure after which nothing was tried again; without one, where the last ends. */
function beginningOfFailure(history: readonly HistoryEvent[]): number {
  const lastTry = new Map<number, number>();
  for (const event of history)
    if (isScheduling(event) && event.EventType !== eventType.timerCreated)
      lastTry.set(('RetryOf' in event ? event.RetryOf : undefined) ?? event.EventId, event.EventId);
  const last = new Set(lastTry.values());
  let start = 0;
  let cut: number | undefined;
  let hasFailed = false;
  for (const [index, event] of history.entries()) {
    hasFailed ||= isFailure(event) && last.has(event.TaskScheduledId);
    if (event.EventType !== eventType.orchestratorCompleted) continue;
    if (hasFailed) cut = start;
    hasFailed = false;
    start = index + 1;
  }
  return cut ?? start;
}

function isFailure(event: HistoryEvent): event is Extract<HistoryEvent, { EventType: 6 | 9 }> {
  return event.EventType === eventType.taskFailed || event.EventType === eventType.subOrchestrationFailed;
}

function isLocked(scheduled: readonly Scheduled[]): boolean {
  let entities = 0;
  for (const event of scheduled) {
    if (event.EventType !== eventType.eventSent) continue;
    if (event.Request === 'lock') entities += event.InstanceId.split(' ').length;
    if (event.Request === 'unlock') entities--;
  }
  return entities > 0;
}

/** What had arrived by then, and is no failure and nothing a policy makes: the next episode sees it again. */
function isStillGood(event: HistoryEvent, scheduled: ReadonlyMap<number, Scheduled>): boolean {
  if (event.EventType === eventType.executionStarted) return true;
  if (event.EventType === eventType.eventRaised && event.TaskScheduledId === undefined) return true;
  const task = scheduled.get(endedTask(event) ?? -1);
  if (!task || isFailure(event)) return false;
  if (task.EventType === eventType.timerCreated) return task.RetryOf === undefined;
  return !('Policy' in task && task.Policy?.pollDelayMs !== undefined);
}

function endedTask(event: HistoryEvent): number | undefined {
  if ('TimerId' in event) return event.TimerId;
  return 'TaskScheduledId' in event ? event.TaskScheduledId : undefined;
}

/** A child is rewound, an entity asked again. */
function messagesOf({ kind }: OpenTask, event: Scheduled | undefined, address: TaskAddress, reason: string): Message[] {
  if (event?.EventType === eventType.subOrchestrationCreated && kind === 'sub-orchestration')
    return [{ kind: 'rewind-child', to: event.InstanceId, parent: address, reason }];
  if (event?.EventType !== eventType.eventSent) return [];
  const { id, input } = JSON.parse(event.Input) as { id: string; input: string };
  const operation = { id, name: event.Name, input, isSignal: false };
  return [
    { kind: 'entity-request', to: event.InstanceId, request: { kind: 'operation', operation, replyTo: address } },
  ];
}
