// The actions and the state an orchestrator of durable-functions answers with (lib/src/actions, OrchestratorState).
import type { FailureDetails } from '../../durable-protocol/history-event.ts';

export const actionType = {
  callActivity: 0,
  callActivityWithRetry: 1,
  callSubOrchestrator: 2,
  callSubOrchestratorWithRetry: 3,
  continueAsNew: 4,
  createTimer: 5,
  waitForExternalEvent: 6,
  callEntity: 7,
  callHttp: 8,
  signalEntity: 9,
  whenAny: 11,
  whenAll: 12,
  lockEntities: 13,
  releaseEntities: 14,
} as const;

/** An action as the library has it in memory; which fields there are depends on the type. */
export interface DurableAction {
  readonly actionType: number;
  readonly functionName?: string;
  readonly input?: unknown;
  readonly instanceId?: string;
  readonly version?: string;
  readonly retryOptions?: RetryOptions;
  readonly fireAt?: Date | string;
  readonly isCanceled?: boolean;
  readonly externalEventName?: string;
  readonly compoundActions?: readonly DurableAction[];
  readonly operation?: string;
  readonly httpRequest?: HttpRequest;
  readonly lockSet?: readonly EntityName[];
}

export interface EntityName {
  readonly name: string;
  readonly key: string;
}

/** DurableHttpRequest. */
export interface HttpRequest {
  readonly method: string;
  readonly uri: string;
  readonly content?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tokenSource?: unknown;
  readonly asynchronousPatternEnabled: boolean;
}

/** As the library writes it (EntityId.getSchedulerIdFromEntityId). */
export function entityIdOf({ name, key }: EntityName): string {
  return `@${name.toLowerCase()}@${key}`;
}

export function entityNameOf(entityId: string): EntityName {
  const end = entityId.indexOf('@', 1);
  return { name: entityId.slice(1, end), key: entityId.slice(end + 1) };
}

export interface RetryOptions {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
}

export interface OrchestratorState {
  readonly isDone: boolean;
  /** The first element is everything scheduled since the start. */
  readonly actions: readonly (readonly DurableAction[])[];
  readonly output?: unknown;
  readonly customStatus?: unknown;
  readonly error?: string;
  readonly failureDetails?: FailureDetails;
}
