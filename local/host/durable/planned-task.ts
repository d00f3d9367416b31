// One action of an orchestrator as tasks for the hub, and the comparison with what the history says it was.
import {
  type CallPolicy,
  type RetryPolicy,
  type SchedulingEvent,
  eventType,
} from '../../durable-protocol/history-event.ts';
import { type PlannedTask, httpActivity } from '../../durable-protocol/work.ts';
import { type DurableAction, type RetryOptions, actionType, entityIdOf } from './durable-actions.ts';

/** A task without its id. */
type Plan = PlannedTask extends infer Task ? (Task extends PlannedTask ? Omit<Task, 'taskId'> : never) : never;

export interface PlanContext {
  /** The entities that the last lock asked for. */
  readonly locked: readonly string[];
  readonly settings: PlanSettings;
}

/** Of host.json. */
export interface PlanSettings {
  /** How long callHttp waits after a 202 without Retry-After. */
  readonly pollDelayMs: number;
  /** The version of sub-orchestrations called without one. */
  readonly defaultVersion?: string;
}

/**
 * What the action schedules, one plan for each id it takes; undefined for an action that takes none.
 * @throws Error when an input has no JSON, a timer no time, or the action is none the hub knows
 */
export function plansOf(action: DurableAction, context: PlanContext): readonly Plan[] | undefined {
  switch (action.actionType) {
    case actionType.callActivity:
    case actionType.callActivityWithRetry:
      return [activityOf(action)];
    case actionType.callSubOrchestrator:
    case actionType.callSubOrchestratorWithRetry:
      return [childOf(action, context.settings)];
    case actionType.callHttp:
      return [httpCallOf(action, context.settings)];
    case actionType.createTimer:
      return [{ kind: 'timer', fireAtMs: fireAtMs(action) }];
    case actionType.callEntity:
      return [{ kind: 'entity-call', ...operationOf(action) }];
    case actionType.signalEntity:
      return [{ kind: 'entity-signal', ...operationOf(action) }];
    case actionType.lockEntities:
      return [{ kind: 'lock', entityIds: action.lockSet?.map(entityIdOf) ?? [] }];
    case actionType.releaseEntities:
      return context.locked.map((entityId) => ({ kind: 'unlock', entityId }));
    case actionType.waitForExternalEvent:
    case actionType.continueAsNew:
      return undefined;
    default:
      throw new Error(`Action type ${action.actionType} of durable-functions is not known to the local task hub.`);
  }
}

function activityOf({ functionName: name = '', input, retryOptions }: DurableAction): Plan {
  return { kind: 'activity', name, input: encodedInput(input), ...policyOf(retryOptions) };
}

function childOf(action: DurableAction, { defaultVersion }: PlanSettings): Plan {
  const { functionName: name = '', instanceId, version = defaultVersion, retryOptions } = action;
  const ids = { ...(instanceId && { instanceId }), ...(version !== undefined && { version }) };
  return { kind: 'sub-orchestration', name, input: jsonText(action.input), ...ids, ...policyOf(retryOptions) };
}

/** An HTTP call is an activity of the host's own. */
function httpCallOf({ httpRequest }: DurableAction, { pollDelayMs }: PlanSettings): Plan {
  const policy: CallPolicy = httpRequest?.asynchronousPatternEnabled ? { pollDelayMs } : {};
  return { kind: 'activity', name: httpActivity, input: jsonText(httpRequest), ...policy };
}

/** No input is none: an entity tells it from null. */
function operationOf({ instanceId: entityId = '', operation = '', input }: DurableAction) {
  return { entityId, operation, input: input === undefined ? '' : jsonText(input) };
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

function policyOf(options: RetryOptions | undefined): CallPolicy {
  if (!options) return {};
  const { backoffCoefficient, maxRetryIntervalInMilliseconds, retryTimeoutInMilliseconds } = options;
  const retry: RetryPolicy = {
    firstRetryIntervalMs: options.firstRetryIntervalInMilliseconds,
    maxNumberOfAttempts: options.maxNumberOfAttempts,
    ...(backoffCoefficient !== undefined && { backoffCoefficient }),
    ...(maxRetryIntervalInMilliseconds !== undefined && { maxRetryIntervalMs: maxRetryIntervalInMilliseconds }),
    ...(retryTimeoutInMilliseconds !== undefined && { retryTimeoutMs: retryTimeoutInMilliseconds }),
  };
  return { retry };
}

/** The event is of a call of the same function; quicker than to describe both. */
export function isSameCall(event: SchedulingEvent, { actionType: type, functionName }: DurableAction): boolean {
  const isActivity = type === actionType.callActivity || type === actionType.callActivityWithRetry;
  return isActivity && event.EventType === eventType.taskScheduled && event.Name === functionName;
}

/** What kind of step the history has under an id: it must be the same in the replay. */
export function describeEvent(event: SchedulingEvent): string {
  switch (event.EventType) {
    case eventType.timerCreated:
      return 'a timer';
    case eventType.taskScheduled:
      return describeCall('activity', event.Name);
    case eventType.subOrchestrationCreated:
      return describeCall('sub-orchestration', event.Name);
    case eventType.eventSent:
      return describeRequest(event.Request, event.Name, event.InstanceId);
  }
}

/** The same for a plan, in the same words: they differ exactly when the replay does not fit the history. */
export function describePlan(plan: Plan): string {
  switch (plan.kind) {
    case 'timer':
      return 'a timer';
    case 'activity':
    case 'sub-orchestration':
      return describeCall(plan.kind, plan.name);
    case 'entity-call':
      return describeRequest('call', plan.operation, plan.entityId);
    case 'entity-signal':
      return describeRequest('signal', plan.operation, plan.entityId);
    case 'lock':
      return describeRequest('lock', '', plan.entityIds.join(' '));
    case 'unlock':
      return describeRequest('unlock', '', plan.entityId);
  }
}

function describeCall(kind: 'activity' | 'sub-orchestration', name: string): string {
  if (name === httpActivity) return 'an HTTP call';
  return `a call of ${kind === 'activity' ? 'activity' : 'sub-orchestrator'} '${name}'`;
}

function describeRequest(request: 'call' | 'signal' | 'lock' | 'unlock', name: string, entityId: string): string {
  if (request === 'lock' || request === 'unlock') return `a ${request} of entity '${entityId}'`;
  return `a ${request} '${name}' to entity '${entityId}'`;
}
