// The history of an orchestration as durable-functions replays it: field names and numbers are the Durable Task
// Framework's (durable-functions/lib/src/history).

export const eventType = {
  executionStarted: 0,
  executionCompleted: 1,
  executionFailed: 2,
  executionTerminated: 3,
  taskScheduled: 4,
  taskCompleted: 5,
  taskFailed: 6,
  subOrchestrationCreated: 7,
  subOrchestrationCompleted: 8,
  subOrchestrationFailed: 9,
  timerCreated: 10,
  timerFired: 11,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  eventSent: 14,
  eventRaised: 15,
  genericEvent: 17,
} as const;

type EventType = typeof eventType;

/** What an activity or sub-orchestration threw, when the app's exception properties provider described it. */
export interface FailureDetails {
  readonly ErrorType: string;
  readonly ErrorMessage: string;
  readonly StackTrace?: string | null;
  readonly IsNonRetriable?: boolean;
  readonly Properties?: Readonly<Record<string, unknown>> | null;
  readonly InnerFailure?: FailureDetails | null;
}

export interface Failure {
  readonly Reason: string;
  readonly Details: string;
  readonly FailureDetails?: FailureDetails;
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

/** What the hub alone reads: how a call goes on when it fails, or is answered "202, ask again". */
export interface CallPolicy {
  readonly retry?: RetryPolicy;
  /** An HTTP call that polls; the wait where the answer has no Retry-After. */
  readonly pollDelayMs?: number;
}

/** A rewind needs the policy again. RetryOf marks what a policy scheduled: the orchestrator's actions do not mention it. */
interface Policed {
  readonly RetryOf?: number;
  readonly Policy?: CallPolicy;
}

interface Started {
  readonly Name: string;
  /** JSON text; null when none was given. */
  readonly Input: string | null;
}

type Body =
  | ({ readonly EventType: EventType['executionStarted']; readonly Version?: string } & Started)
  | { readonly EventType: EventType['executionCompleted']; readonly Result: string | null }
  | ({ readonly EventType: EventType['executionFailed'] } & Failure)
  | { readonly EventType: EventType['executionTerminated']; readonly Result: string | null }
  | ({ readonly EventType: EventType['taskScheduled'] } & Started & Policed)
  | { readonly EventType: EventType['taskCompleted']; readonly TaskScheduledId: number; readonly Result: string }
  | ({ readonly EventType: EventType['taskFailed']; readonly TaskScheduledId: number } & Failure)
  | ({
      readonly EventType: EventType['subOrchestrationCreated'];
      readonly InstanceId: string;
      readonly Version?: string;
    } & Started &
      Policed)
  | {
      readonly EventType: EventType['subOrchestrationCompleted'];
      readonly TaskScheduledId: number;
      readonly Result: string;
    }
  | ({ readonly EventType: EventType['subOrchestrationFailed']; readonly TaskScheduledId: number } & Failure)
  | ({ readonly EventType: EventType['timerCreated']; readonly FireAt: string } & Pick<Policed, 'RetryOf'>)
  | { readonly EventType: EventType['timerFired']; readonly TimerId: number; readonly FireAt: string }
  | { readonly EventType: EventType['orchestratorStarted'] }
  | { readonly EventType: EventType['orchestratorCompleted'] }
  | EventSent
  | EventRaised
  | { readonly EventType: EventType['genericEvent']; readonly Data: string };

/** To an entity. The library reads the `id` in Input, a JSON text: the answer is an EventRaised of that name. */
export interface EventSent {
  readonly EventType: EventType['eventSent'];
  readonly InstanceId: string;
  readonly Name: string;
  readonly Request: 'call' | 'signal' | 'lock' | 'unlock';
  readonly Input: string;
}

/** From outside; or, with TaskScheduledId, an entity's answer. */
export interface EventRaised {
  readonly EventType: EventType['eventRaised'];
  readonly Name: string;
  readonly Input: string;
  readonly TaskScheduledId?: number;
}

/** EventId is the task's id where the event schedules something, -1 otherwise. Timestamp is ISO 8601. */
export type HistoryEvent = { readonly EventId: number; readonly Timestamp: string } & Body;

/** The events that open a task, and take an id. */
export type SchedulingEvent = Extract<
  HistoryEvent,
  {
    EventType:
      | EventType['taskScheduled']
      | EventType['subOrchestrationCreated']
      | EventType['timerCreated']
      | EventType['eventSent'];
  }
>;

export function isScheduling(event: HistoryEvent): event is SchedulingEvent {
  return (
    event.EventType === eventType.taskScheduled ||
    event.EventType === eventType.subOrchestrationCreated ||
    event.EventType === eventType.timerCreated ||
    event.EventType === eventType.eventSent
  );
}

/** An event that schedules nothing. */
export function happened(atMs: number, body: Body): HistoryEvent {
  return { EventId: -1, Timestamp: timestamp(atMs), ...body };
}

export function timestamp(atMs: number): string {
  return new Date(atMs).toISOString();
}
