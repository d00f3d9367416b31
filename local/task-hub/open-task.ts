// What opening a task adds to the history, and what it sends.
import { type HistoryEvent, eventType, timestamp } from '../durable-protocol/history-event.ts';
import type { PlannedRequest } from '../durable-protocol/work.ts';
import type { HeldLock, InstanceRecord, Message, OpenCall, OpenTask, TaskAddress } from './instance.ts';

type SentRequest = { readonly taskId: number } & PlannedRequest;

/** The event that schedules `task`; with a retry it says whose. */
export function scheduledEvent(
  record: InstanceRecord,
  task: OpenTask | SentRequest,
  nowMs: number,
  retryOf?: number,
): HistoryEvent {
  const base = {
    EventId: task.taskId,
    Timestamp: timestamp(nowMs),
    ...(retryOf !== undefined && { RetryOf: retryOf }),
  };
  switch (task.kind) {
    case 'timer':
      return { ...base, EventType: eventType.timerCreated, FireAt: timestamp(task.fireAtMs) };
    case 'activity':
      return { ...base, ...policyOf(task), EventType: eventType.taskScheduled, Name: task.name, Input: task.input };
    case 'sub-orchestration':
      return {
        ...base,
        ...policyOf(task),
        EventType: eventType.subOrchestrationCreated,
        Name: task.name,
        Input: task.input,
        InstanceId: childInstanceId(record, task),
        ...(task.version !== undefined && { Version: task.version }),
      };
    case 'entity-call':
    case 'entity-signal': {
      const { entityId, operation, input } = task;
      const isSignal = task.kind === 'entity-signal';
      const Input = JSON.stringify({ op: operation, input, signal: isSignal, ...senderOf(record, task) });
      const Request = isSignal ? 'signal' : 'call';
      return { ...base, EventType: eventType.eventSent, InstanceId: entityId, Name: operation, Request, Input };
    }
    case 'lock':
    case 'unlock': {
      const InstanceId = task.kind === 'lock' ? task.entityIds.join(' ') : task.entityId;
      const Input = JSON.stringify(senderOf(record, task));
      return { ...base, EventType: eventType.eventSent, InstanceId, Name: task.kind, Request: task.kind, Input };
    }
  }
}

/** The messages a task begins with: to a child, or to an entity; activities and timers need none. */
export function startMessages(record: InstanceRecord, task: OpenTask | SentRequest): Message[] {
  const parent = addressOf(record, task);
  switch (task.kind) {
    case 'sub-orchestration': {
      const { name, input, version } = task;
      const to = childInstanceId(record, task);
      return [{ kind: 'start-child', to, name, input, ...(version !== undefined && { version }), parent }];
    }
    case 'entity-call':
    case 'entity-signal': {
      const isSignal = task.kind === 'entity-signal';
      const operation = { id: requestId(parent), name: task.operation, input: task.input, isSignal };
      const request = { kind: 'operation' as const, operation, ...(!isSignal && { replyTo: parent }) };
      return [{ kind: 'entity-request', to: task.entityId, request }];
    }
    case 'lock':
      return lockRequest(task.entityIds[0], parent);
    case 'unlock':
      return record.lock ? [unlockRequest(task.entityId, record.lock.id)] : [];
    case 'activity':
    case 'timer':
      return [];
  }
}

/** Asks for the lock of one entity; nothing when there is none left to ask for. */
export function lockRequest(entityId: string | undefined, replyTo: TaskAddress): Message[] {
  if (entityId === undefined) return [];
  return [{ kind: 'entity-request', to: entityId, request: { kind: 'lock', id: requestId(replyTo), replyTo } }];
}

export function unlockRequest(entityId: string, lockId: string): Message {
  return { kind: 'entity-request', to: entityId, request: { kind: 'unlock', id: lockId } };
}

/** What the record says of its locks once `task` is sent. */
export function lockAfter(record: InstanceRecord, task: OpenTask | SentRequest): HeldLock | undefined {
  if (task.kind === 'lock') return { id: requestId(addressOf(record, task)), entityIds: task.entityIds };
  if (task.kind !== 'unlock' || !record.lock) return record.lock;
  const entityIds = record.lock.entityIds.filter((entityId) => entityId !== task.entityId);
  return entityIds.length === 0 ? undefined : { ...record.lock, entityIds };
}

/** The same again when the task is sent again, and no event of the app has such a name. */
export function requestId({ executionId, taskId }: Pick<TaskAddress, 'executionId' | 'taskId'>): string {
  return `${executionId}/${taskId}`;
}

function addressOf({ instanceId, executionId }: InstanceRecord, { taskId }: { readonly taskId: number }): TaskAddress {
  return { instanceId, executionId, taskId };
}

function senderOf(record: InstanceRecord, task: { readonly taskId: number }) {
  return { id: requestId(addressOf(record, task)), parent: record.instanceId };
}

/** Without an id of its own a child gets the Durable Task Framework's: execution and task, so that it is the same again. */
export function childInstanceId(
  { executionId }: InstanceRecord,
  task: OpenCall & { kind: 'sub-orchestration' },
): string {
  return task.instanceId ?? `${executionId}:${task.taskId}`;
}

function policyOf({ retry, pollDelayMs }: OpenCall) {
  const policy = { ...(retry && { retry }), ...(pollDelayMs !== undefined && { pollDelayMs }) };
  return Object.keys(policy).length > 0 ? { Policy: policy } : {};
}
