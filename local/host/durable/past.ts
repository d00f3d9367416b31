// The part of a history that has been played already. A worker keeps what it replayed last, so that the hub need send,
// and the worker make objects of, only what is new: a long orchestration would otherwise be quadratic in JSON too.
import {
  type HistoryEvent,
  type SchedulingEvent,
  eventType,
  isScheduling,
} from '../../durable-protocol/history-event.ts';
import type { OrchestrationWork } from '../../durable-protocol/work.ts';

export interface Past {
  /** JSON text. */
  input: string | null;
  /** How many events of the history it stands for. */
  length: number;
  /** Those the library reads, as it reads them. */
  readonly live: LiveEvent[];
  readonly scheduled: Scheduled;
}

interface LiveEvent {
  readonly EventType: number;
  readonly Timestamp: Date;
  IsPlayed: boolean;
}

/** What the history says was scheduled, by task id; `retried`: not by the orchestrator, but by the policy of a call. */
export type Scheduled = (SchedulingEvent | 'retried')[];

/** What the library goes by (TaskOrchestrationExecutor.processEvent); to leave the rest out halves a replay. */
const replayedTypes: ReadonlySet<number> = new Set([
  eventType.executionStarted,
  eventType.orchestratorStarted,
  eventType.taskCompleted,
  eventType.taskFailed,
  eventType.subOrchestrationCompleted,
  eventType.subOrchestrationFailed,
  eventType.timerFired,
  eventType.eventSent,
  eventType.eventRaised,
]);

export class PastCache {
  /** Least recently used first. */
  readonly #cached = new Map<string, { readonly leaseId: string; readonly past: Past }>();
  readonly #mostEvents: number;
  #events = 0;

  constructor(mostEvents = 100_000) {
    this.#mostEvents = mostEvents;
  }

  /** Hands over what was kept; undefined: the work follows on an episode that is not here any more. */
  take({ instanceId, follows }: Pick<OrchestrationWork, 'instanceId' | 'follows'>): Past | undefined {
    if (!follows) return emptyPast();
    const known = this.#cached.get(instanceId);
    if (known?.leaseId !== follows.leaseId || known.past.length !== follows.length) return undefined;
    this.#forget(instanceId);
    return known.past;
  }

  /** After an episode that this lease was for. */
  keep(instanceId: string, leaseId: string, past: Past): void {
    this.#forget(instanceId);
    this.#cached.set(instanceId, { leaseId, past });
    this.#events += past.length;
    for (const oldest of this.#cached.keys()) {
      if (this.#events <= this.#mostEvents) return;
      this.#forget(oldest);
    }
  }

  #forget(instanceId: string): void {
    this.#events -= this.#cached.get(instanceId)?.past.length ?? 0;
    this.#cached.delete(instanceId);
  }
}

export function emptyPast(): Past {
  return { input: null, length: 0, live: [], scheduled: [] };
}

/** In place: a history grows by a few events an episode. */
export function extend(past: Past, events: readonly HistoryEvent[], IsPlayed: boolean): void {
  past.length += events.length;
  for (const event of events) {
    if (event.EventType === eventType.executionStarted) past.input = event.Input;
    if (isScheduling(event)) past.scheduled[event.EventId] = 'RetryOf' in event ? 'retried' : event;
    if (replayedTypes.has(event.EventType))
      past.live.push({ ...event, IsPlayed, Timestamp: new Date(event.Timestamp) });
  }
}

/** What was new in an episode is past in the next. */
export function markPlayed({ live }: Past): void {
  for (let index = live.length - 1; live[index]?.IsPlayed === false; index--)
    (live[index] as LiveEvent).IsPlayed = true;
}
