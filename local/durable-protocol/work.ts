// What the task hub and a host's worker say to each other over HTTP: work under a lease one way, results the other.
// All inputs and outputs are JSON text, so that what the app wrote is what the app reads.
import type { Failure, FailureDetails, HistoryEvent } from './history-event.ts';

export const workerPaths = {
  heartbeat: '/task-hub/worker/heartbeat',
  fetch: '/task-hub/worker/fetch',
  results: '/task-hub/worker/results',
  history: '/task-hub/worker/history',
  goodbye: '/task-hub/worker/goodbye',
} as const;

/** How long work stays with a worker that is not heard of. */
export const leaseMs = 12_000;
/** How often a worker renews what it holds. */
export const heartbeatMs = 3_000;

export type WorkKind = 'orchestration' | 'activity';

export interface Heartbeat {
  readonly workerId: string;
  readonly taskHubName: string;
  readonly orchestrators: readonly string[];
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
  readonly leaseId: string;
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
  readonly input: string | null;
  readonly parentInstanceId: string | null;
  /** The history; or, with `follows`, what has been added to it since. */
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
  readonly leaseId: string;
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly name: string;
  readonly input: string;
}

export interface RetryPolicy {
  readonly firstRetryIntervalMs: number;
  readonly maxNumberOfAttempts: number;
  /** Default 1. */
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalMs?: number;
  /** From the first attempt's start; no attempt is begun after it. */
  readonly retryTimeoutMs?: number;
}

export type PlannedCall =
  | { readonly kind: 'activity'; readonly name: string; readonly input: string; readonly retry?: RetryPolicy }
  | {
      readonly kind: 'sub-orchestration';
      readonly name: string;
      readonly input: string;
      readonly instanceId?: string;
      readonly version?: string;
      readonly retry?: RetryPolicy;
    };

/** A task the orchestrator scheduled in this episode, in the order of its ids. */
export type PlannedTask = { readonly taskId: number } & (
  | PlannedCall
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

/** Asks for the whole history of the episode under this lease: what it follows on is not there any more. */
export interface HistoryRequest {
  readonly leaseId: string;
  readonly instanceId: string;
}

export interface ResultsRequest {
  readonly results: readonly (EpisodeResult | ActivityResult)[];
}

/** One for each result. Late: it does not count any more; failed: to be sent again. */
export type ResultAnswer = 'done' | 'late' | 'failed';
