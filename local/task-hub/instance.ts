// One orchestration instance as the hub holds it, and the Step by which a decision changes it. Decisions are pure:
// an instance and an event in, a Step out; a Step is committed to the store first and then applied here.
import { type HistoryEvent, isScheduling } from '../durable-protocol/history-event.ts';
import type { EntityOperation, Outcome, PlannedCall, PlannedRequest } from '../durable-protocol/work.ts';

export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated';

/** Which task of which execution: where an answer goes. */
export interface TaskAddress {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
}

export interface InstanceRecord {
  readonly instanceId: string;
  /** New on every start and every continueAsNew: results for an older execution are ignored. */
  readonly executionId: string;
  readonly name: string;
  readonly version?: string;
  readonly status: RuntimeStatus;
  /** JSON texts. */
  readonly input: string | null;
  readonly output: string | null;
  readonly customStatus: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly parent?: TaskAddress;
  /** Entities it has locked, or asked to. */
  readonly lock?: HeldLock;
  /** The orchestrator has returned, but tasks it scheduled are still open. */
  readonly pendingOutcome?: PendingOutcome;
}

export interface HeldLock {
  readonly id: string;
  readonly entityIds: readonly string[];
}

export interface PendingOutcome {
  readonly outcome: Outcome;
  /** External events the execution did not consume: the next one, if there is one, gets them. */
  readonly carried: readonly HistoryEvent[];
}

/** How far a call with a retry policy has come. */
export interface RetryProgress {
  readonly firstTaskId: number;
  /** The attempt under way, from 1. */
  readonly attempt: number;
  readonly firstAttemptAtMs: number;
}

export type OpenCall = { readonly taskId: number; readonly progress?: RetryProgress } & PlannedCall;
export interface OpenTimer {
  readonly taskId: number;
  readonly kind: 'timer';
  readonly fireAtMs: number;
  /** The failed attempt after which this timer waits. */
  readonly retries?: OpenCall;
  /** The HTTP call to be made when it fires, its id taken already. */
  readonly polls?: OpenCall;
}
/** Waits for an entity: for its answer, or for the next of several locks. */
export type OpenRequest =
  | ({ readonly taskId: number } & Extract<PlannedRequest, { kind: 'entity-call' }>)
  | { readonly taskId: number; readonly kind: 'lock'; readonly entityIds: readonly string[]; readonly granted: number };
export type OpenTask = OpenCall | OpenTimer | OpenRequest;

/** An event that waits for the next episode. */
export interface Arrival {
  readonly seq: number;
  readonly event: HistoryEvent;
  /** The call, or its timer, when its policy (to try again, to poll) has a say first. */
  readonly of?: OpenTask;
}

export interface Instance {
  record: InstanceRecord;
  readonly history: HistoryEvent[];
  readonly inbox: Arrival[];
  readonly open: Map<number, OpenTask>;
  nextTaskId: number;
}

/** What an entity is asked. */
export type EntityRequest =
  | { readonly kind: 'operation'; readonly operation: EntityOperation; readonly replyTo?: TaskAddress }
  | { readonly kind: 'lock'; readonly id: string; readonly replyTo: TaskAddress }
  | { readonly kind: 'unlock'; readonly id: string };

/** To another instance or an entity; kept with the sender's step until it has been delivered. */
export type Message = { readonly to: string } & (
  | {
      readonly kind: 'start-child';
      readonly name: string;
      readonly input: string;
      readonly version?: string;
      readonly parent: TaskAddress;
    }
  | { readonly kind: 'rewind-child'; readonly parent: TaskAddress; readonly reason: string }
  | { readonly kind: 'child-finished'; readonly parent: TaskAddress; readonly outcome: ChildOutcome }
  | { readonly kind: 'entity-request'; readonly request: EntityRequest }
  | {
      readonly kind: 'entity-reply';
      readonly task: TaskAddress;
      readonly requestId: string;
      /** JSON text of { result?, exceptionType? }. */
      readonly answer: string;
    }
  | { readonly kind: 'lock-granted'; readonly task: TaskAddress; readonly entityId: string; readonly lockId: string }
);

export type ChildOutcome = Exclude<Outcome, { kind: 'continued-as-new' }>;

/** The time a decision is taken, and an id it may give to a new execution. */
export interface Moment {
  readonly nowMs: number;
  readonly freshExecutionId: string;
}

/** What one decision changes, all or nothing. */
export interface Step {
  /** History, inbox and open tasks of the execution before are dropped first. */
  readonly restart?: boolean;
  readonly record?: InstanceRecord;
  readonly history?: readonly HistoryEvent[];
  readonly arrived?: readonly Arrival[];
  /** Sequence numbers of arrivals that leave the inbox. */
  readonly taken?: readonly number[];
  readonly opened?: readonly OpenTask[];
  readonly closed?: readonly number[];
  readonly messages?: readonly Message[];
}

export function isFinished(record: InstanceRecord): boolean {
  return record.status === 'Completed' || record.status === 'Failed' || record.status === 'Terminated';
}

/** An episode would have something to do. */
export function isRunnable({ record, inbox }: Instance): boolean {
  const mayRun = record.status === 'Pending' || record.status === 'Running';
  return mayRun && !record.pendingOutcome && inbox.length > 0;
}

/** The execution does not end before this task has: an entity's answer is not waited for (Durable Task Framework). */
export function holdsUpEnd({ kind }: OpenTask): boolean {
  return kind === 'activity' || kind === 'sub-orchestration' || kind === 'timer';
}

export function emptyInstance(record: InstanceRecord): Instance {
  return { record, history: [], inbox: [], open: new Map(), nextTaskId: 0 };
}

export function nextSeq(instance: Instance): number {
  return (instance.inbox.at(-1)?.seq ?? -1) + 1;
}

/** One step that does what both do; a restart leaves nothing of the first but what it sends. */
export function mergeSteps(first: Step, second: Step): Step {
  const messages = [...(first.messages ?? []), ...(second.messages ?? [])];
  if (second.restart) return { ...second, messages };
  return {
    ...first,
    ...(second.record && { record: second.record }),
    history: [...(first.history ?? []), ...(second.history ?? [])],
    taken: [...(first.taken ?? []), ...(second.taken ?? [])],
    closed: [...(first.closed ?? []), ...(second.closed ?? [])],
    messages,
  };
}

/** Changes `instance` as `step` says; the other half of every decision. */
export function applyStep(instance: Instance, step: Step): void {
  if (step.restart) {
    instance.history.length = 0;
    instance.inbox.length = 0;
    instance.open.clear();
    instance.nextTaskId = 0;
  }
  if (step.record) instance.record = step.record;
  if (step.taken?.length) {
    const taken = new Set(step.taken);
    const left = instance.inbox.filter(({ seq }) => !taken.has(seq));
    instance.inbox.length = 0;
    for (const arrival of left) instance.inbox.push(arrival);
  }
  for (const event of step.history ?? []) {
    instance.history.push(event);
    if (isScheduling(event)) instance.nextTaskId = Math.max(instance.nextTaskId, event.EventId + 1);
  }
  for (const arrival of step.arrived ?? []) instance.inbox.push(arrival);
  for (const task of step.opened ?? []) instance.open.set(task.taskId, task);
  for (const taskId of step.closed ?? []) instance.open.delete(taskId);
}
