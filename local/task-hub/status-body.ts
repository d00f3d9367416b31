// An instance's status as a client sees it; its history as the Durable extension shows it: each task once, when it
// ended, with what it was asked and when.
import { type HistoryEvent, type SchedulingEvent, eventType, isScheduling } from '../durable-protocol/history-event.ts';
import type { InstanceRecord } from './instance.ts';

export interface StatusOptions {
  /** Default true. */
  readonly showInput: boolean;
}

/** Input and output are always there: a client takes their absence for a broken answer. */
export function statusBody(record: InstanceRecord, { showInput }: StatusOptions) {
  return {
    name: record.name,
    instanceId: record.instanceId,
    runtimeStatus: record.status,
    input: showInput ? json(record.input) : null,
    customStatus: json(record.customStatus),
    output: json(record.output),
    createdTime: seconds(record.createdAtMs),
    lastUpdatedTime: seconds(record.updatedAtMs),
  };
}

/** `showOutput` adds inputs and results. */
export function historyBody(history: readonly HistoryEvent[], showOutput: boolean): Record<string, unknown>[] {
  const scheduled = new Map(history.filter(isScheduling).map((event) => [event.EventId, event]));
  return history.flatMap((event) => {
    const shown = shownEvent(event, scheduled, showOutput);
    return shown ? [{ ...shown, Timestamp: event.Timestamp }] : [];
  });
}

function shownEvent(
  event: HistoryEvent,
  scheduled: ReadonlyMap<number, SchedulingEvent>,
  showOutput: boolean,
): Record<string, unknown> | undefined {
  const given = (input: string | null) => (showOutput ? { Input: json(input) } : {});
  const returned = (result: string | null) => (showOutput ? { Result: json(result) } : {});
  switch (event.EventType) {
    case eventType.executionStarted:
      return { EventType: 'ExecutionStarted', FunctionName: event.Name, ...given(event.Input) };
    case eventType.executionCompleted:
      return { EventType: 'ExecutionCompleted', OrchestrationStatus: 'Completed', ...returned(event.Result) };
    case eventType.executionFailed:
      return { EventType: 'ExecutionCompleted', OrchestrationStatus: 'Failed', Result: event.Reason };
    case eventType.executionTerminated:
      return { EventType: 'ExecutionTerminated', ...returned(event.Result) };
    case eventType.taskCompleted:
    case eventType.subOrchestrationCompleted:
      return {
        EventType: nameOf(event),
        ...origin(scheduled, event.TaskScheduledId, given),
        ...returned(event.Result),
      };
    case eventType.taskFailed:
    case eventType.subOrchestrationFailed: {
      const { Reason, Details } = event;
      return { EventType: nameOf(event), ...origin(scheduled, event.TaskScheduledId, given), Reason, Details };
    }
    case eventType.timerFired:
      return { EventType: 'TimerFired', FireAt: event.FireAt, ...origin(scheduled, event.TimerId, given) };
    case eventType.eventRaised:
      return { EventType: 'EventRaised', Name: event.Name, ...given(event.Input) };
    case eventType.genericEvent:
      return { EventType: 'GenericEvent', Data: event.Data };
    case eventType.taskScheduled:
    case eventType.subOrchestrationCreated:
    case eventType.timerCreated:
    case eventType.eventSent:
    case eventType.orchestratorStarted:
    case eventType.orchestratorCompleted:
      return undefined;
  }
}

function nameOf({ EventType }: HistoryEvent): string {
  const names: Partial<Record<number, string>> = {
    [eventType.taskCompleted]: 'TaskCompleted',
    [eventType.taskFailed]: 'TaskFailed',
    [eventType.subOrchestrationCompleted]: 'SubOrchestrationInstanceCompleted',
    [eventType.subOrchestrationFailed]: 'SubOrchestrationInstanceFailed',
  };
  return names[EventType] ?? '';
}

function origin(
  scheduled: ReadonlyMap<number, SchedulingEvent>,
  taskId: number,
  given: (input: string | null) => Record<string, unknown>,
): Record<string, unknown> {
  const event = scheduled.get(taskId);
  if (!event) return {};
  const ScheduledTime = event.Timestamp;
  if (event.EventType === eventType.timerCreated) return { ScheduledTime };
  return { ScheduledTime, FunctionName: event.Name, ...given(event.Input) };
}

function json(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

/** Times of a status have whole seconds, as Azure's. */
function seconds(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
