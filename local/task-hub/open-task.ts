// What opening a task adds to the history, and what it sends.
import { type HistoryEvent, eventType, timestamp } from '../durable-protocol/history-event.ts';
import type { InstanceRecord, Message, OpenCall, OpenTask } from './instance.ts';

/** The event that schedules `task`; with a retry it says whose. */
export function scheduledEvent(record: InstanceRecord, task: OpenTask, nowMs: number, retryOf?: number): HistoryEvent {
  const base = {
    EventId: task.taskId,
    Timestamp: timestamp(nowMs),
    ...(retryOf !== undefined && { RetryOf: retryOf }),
  };
  switch (task.kind) {
    case 'timer':
      return { ...base, EventType: eventType.timerCreated, FireAt: timestamp(task.fireAtMs) };
    case 'activity':
      return { ...base, EventType: eventType.taskScheduled, Name: task.name, Input: task.input };
    case 'sub-orchestration':
      return {
        ...base,
        EventType: eventType.subOrchestrationCreated,
        Name: task.name,
        Input: task.input,
        InstanceId: childInstanceId(record, task),
      };
  }
}

/** The message that starts a sub-orchestration; activities and timers need none. */
export function startMessages(record: InstanceRecord, task: OpenTask): Message[] {
  if (task.kind !== 'sub-orchestration') return [];
  const { instanceId, executionId } = record;
  return [
    {
      kind: 'start-child',
      id: `${instanceId}/${executionId}/${task.taskId}`,
      to: childInstanceId(record, task),
      name: task.name,
      input: task.input,
      ...(task.version !== undefined && { version: task.version }),
      parent: { instanceId, executionId, taskId: task.taskId },
    },
  ];
}

/** Without an id of its own a child gets the Durable Task Framework's: execution and task, so that it is the same again. */
function childInstanceId({ executionId }: InstanceRecord, task: OpenCall & { kind: 'sub-orchestration' }): string {
  return task.instanceId ?? `${executionId}:${task.taskId}`;
}
