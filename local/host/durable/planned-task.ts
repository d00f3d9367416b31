// One action of an orchestrator as a task for the hub, and the comparison with what the history says it was.
import { type SchedulingEvent, eventType } from '../../durable-protocol/history-event.ts';
import type { PlannedTask, RetryPolicy } from '../../durable-protocol/work.ts';
import { type DurableAction, type RetryOptions, actionType } from './durable-actions.ts';

/** Undefined for an action that takes no id, or is not served. */
export function kindOf({ actionType: type }: DurableAction): PlannedTask['kind'] | undefined {
  switch (type) {
    case actionType.callActivity:
    case actionType.callActivityWithRetry:
      return 'activity';
    case actionType.callSubOrchestrator:
    case actionType.callSubOrchestratorWithRetry:
      return 'sub-orchestration';
    case actionType.createTimer:
      return 'timer';
    default:
      return undefined;
  }
}

/** @throws Error when an input has no JSON, or a timer no time */
export function toPlannedTask(taskId: number, kind: PlannedTask['kind'], action: DurableAction): PlannedTask {
  if (kind === 'timer') return { taskId, kind, fireAtMs: fireAtMs(action) };
  const { functionName: name = '', instanceId, version, retryOptions } = action;
  const retry = retryOptions && { retry: toRetryPolicy(retryOptions) };
  if (kind === 'activity') return { taskId, kind, name, input: encodedInput(action.input), ...retry };
  return {
    taskId,
    kind,
    name,
    input: jsonText(action.input),
    ...(instanceId && { instanceId }),
    ...(version !== undefined && { version }),
    ...retry,
  };
}

/** The library encodes the strings among the inputs of activities and of continueAsNew itself. */
export function encodedInput(input: unknown): string {
  return typeof input === 'string' ? input : jsonText(input);
}

/** @throws TypeError for what JSON cannot say (a cycle, a BigInt) */
export function jsonText(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function fireAtMs({ fireAt }: DurableAction): number {
  const atMs = new Date(fireAt ?? Number.NaN).getTime();
  if (Number.isNaN(atMs)) throw new Error('createTimer was given an invalid Date.');
  return atMs;
}

function toRetryPolicy(options: RetryOptions): RetryPolicy {
  const { backoffCoefficient, maxRetryIntervalInMilliseconds, retryTimeoutInMilliseconds } = options;
  return {
    firstRetryIntervalMs: options.firstRetryIntervalInMilliseconds,
    maxNumberOfAttempts: options.maxNumberOfAttempts,
    ...(backoffCoefficient !== undefined && { backoffCoefficient }),
    ...(maxRetryIntervalInMilliseconds !== undefined && { maxRetryIntervalMs: maxRetryIntervalInMilliseconds }),
    ...(retryTimeoutInMilliseconds !== undefined && { retryTimeoutMs: retryTimeoutInMilliseconds }),
  };
}

/** What the history holds under a task's id, in words. */
export function describeEvent(event: SchedulingEvent): string {
  if (event.EventType === eventType.timerCreated) return 'a timer';
  const kind = event.EventType === eventType.taskScheduled ? 'activity' : 'sub-orchestrator';
  return `a call of ${kind} '${event.Name}'`;
}

/** The same for an action, in the same words: they differ exactly when the replay does not fit the history. */
export function describeAction(kind: PlannedTask['kind'], { functionName }: DurableAction): string {
  if (kind === 'timer') return 'a timer';
  return `a call of ${kind === 'activity' ? 'activity' : 'sub-orchestrator'} '${functionName}'`;
}

/** What the app called, for actions that are not served. */
export function featureOf({ actionType: type }: DurableAction): string {
  switch (type) {
    case actionType.callEntity:
      return 'context.df.callEntity';
    case actionType.signalEntity:
      return 'context.df.signalEntity';
    case actionType.callHttp:
      return 'context.df.callHttp';
    case actionType.lockEntities:
    case actionType.releaseEntities:
      return 'context.df.lock';
    default:
      return `action type ${type}`;
  }
}
