// What the task hub and a host's worker say to each other over their channel: work under a lease one way, results the other.
// All inputs and outputs are JSON text, so that what the app wrote is what the app reads.
import type { CallPolicy, Failure, FailureDetails, HistoryEvent } from './history-event.ts';

/** What a worker asks of its hub. Rest: it wants no more work; goodbye: nor what it has. */
export type WorkerVerb = 'heartbeat' | 'fetch' | 'result' | 'history' | 'rest' | 'goodbye';

/** Every hub of the process has addresses of its own: /task-hub/<name>/worker, /task-hub/<name>/webhooks/…. */
export function hubPath(taskHubName: string): string {
  return `/task-hub/${encodeURIComponent(taskHubName)}`;
}

/** The activity that makes the HTTP calls of orchestrators, under the Durable extension's name for it. */
export const httpActivity = 'BuiltIn::HttpActivity';

/** How long work stays with a worker that is not heard of. */
export const leaseMs = 12_000;
/** How often a worker renews what it holds. */
export const heartbeatMs = 3_000;

export const workKinds = ['orchestration', 'activity', 'entity'] as const;
export type WorkKind = (typeof workKinds)[number];

export type Work = OrchestrationWork | ActivityWork | EntityWork;

/** What the app of a worker has and wants; the hub goes by the worker heard of last. */
export interface AppFacts {
  readonly orchestrators: readonly string[];
  readonly entities: readonly string[];
  /** host.json's defaultVersion: the version of instances started without one. */
  readonly defaultVersion?: string;
  /** host.json's overridableExistingInstanceStates is AnyState: a start replaces an instance that is running. */
  readonly replacesRunning: boolean;
}

export interface Heartbeat extends AppFacts {
  readonly workerId: string;
  /** The leases it still works on; others run out. */
  readonly leaseIds: readonly string[];
}

export interface FetchRequest {
  readonly workerId: string;
  readonly kind: WorkKind;
  readonly max: number;
  /** How long the hub may hold the request open when there is no work. */
  readonly waitMs: number;
}

/** One episode: replay the history before it, then let the orchestrator see `fresh`. */
export interface OrchestrationWork {
  readonly of: 'orchestration';
  readonly leaseId: string;
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
  readonly parentInstanceId: string | null;
  /** How long the history is. */
  readonly pastLength: number;
  /** Its first page; or, with `follows`, the first of what has been added to it since. */
  readonly past: readonly HistoryEvent[];
  readonly follows?: ReplayedEpisode;
  /** Begins with OrchestratorStarted. */
  readonly fresh: readonly HistoryEvent[];
}

/** The instance's last episode, done by the same worker: it has the first `length` events of the history from there. */
export interface ReplayedEpisode {
  readonly leaseId: string;
  readonly length: number;
}

export interface ActivityWork {
  readonly of: 'activity';
  readonly leaseId: string;
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly name: string;
  readonly input: string;
}

/** One operation on an entity, or a signal. `input` is JSON text, '' for none. */
export interface EntityOperation {
  readonly id: string;
  readonly name: string;
  readonly input: string;
  readonly isSignal: boolean;
}

/** Operations on one entity, to be run in order, each seeing the state the one before left. */
export interface EntityWork {
  readonly of: 'entity';
  readonly leaseId: string;
  readonly entityId: string;
  readonly exists: boolean;
  /** JSON text. */
  readonly state: string | null;
  readonly batch: readonly EntityOperation[];
}

export interface EntityOperationResult {
  readonly isError: boolean;
  /** JSON text; null for nothing. */
  readonly result: string | null;
}

export interface EntityResult {
  readonly of: 'entity';
  readonly leaseId: string;
  readonly entityId: string;
  readonly exists: boolean;
  readonly state: string | null;
  /** One for each operation of the batch. */
  readonly results: readonly EntityOperationResult[];
  readonly signals: readonly { readonly entityId: string; readonly name: string; readonly input: string }[];
}

export type PlannedCall = { readonly name: string; readonly input: string } & CallPolicy &
  (
    | { readonly kind: 'activity' }
    | { readonly kind: 'sub-orchestration'; readonly instanceId?: string; readonly version?: string }
  );

interface EntityTarget {
  readonly entityId: string;
  readonly operation: string;
  readonly input: string;
}

/** What an orchestrator sends to entities. Only a call and a lock are answered. */
export type PlannedRequest =
  | ({ readonly kind: 'entity-call' } & EntityTarget)
  | ({ readonly kind: 'entity-signal' } & EntityTarget)
  | { readonly kind: 'lock'; readonly entityIds: readonly string[] }
  /** One for each entity of the lock. */
  | { readonly kind: 'unlock'; readonly entityId: string };

/** A task the orchestrator scheduled in this episode, in the order of its ids. */
export type PlannedTask = { readonly taskId: number } & (
  | PlannedCall
  | PlannedRequest
  | { readonly kind: 'timer'; readonly fireAtMs: number }
);

export type Outcome =
  | { readonly kind: 'completed'; readonly output: string }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly failureDetails?: FailureDetails;
      /** The instance ends at once, whatever is still open. */
      readonly abandonsTasks?: true;
    }
  | { readonly kind: 'continued-as-new'; readonly input: string };

export interface EpisodePlan {
  readonly tasks: readonly PlannedTask[];
  /** Every timer cancelled so far. */
  readonly cancelledTimers: readonly number[];
  /** How many waits for each event name the orchestrator has begun: what arrived beyond that is not consumed. */
  readonly awaitedEvents: Readonly<Record<string, number>>;
  /** Missing: as it was. */
  readonly customStatus?: string | null;
  /** Missing while the orchestrator waits for something. */
  readonly outcome?: Outcome;
}

export interface EpisodeResult extends EpisodePlan {
  readonly of: 'orchestration';
  readonly leaseId: string;
  readonly instanceId: string;
}

export type ActivityOutcome =
  | { readonly kind: 'completed'; readonly result: string }
  | ({ readonly kind: 'failed' } & Failure);

export interface ActivityResult {
  readonly of: 'activity';
  readonly leaseId: string;
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly outcome: ActivityOutcome;
}

/** Asks for a page of the history before the episode under this lease, from this event on. */
export interface HistoryRequest {
  readonly leaseId: string;
  readonly instanceId: string;
  readonly from: number;
}

export type WorkResult = EpisodeResult | ActivityResult | EntityResult;

/** Late: it does not count any more; failed: to be sent again. */
export type ResultAnswer = 'done' | 'late' | 'failed';
