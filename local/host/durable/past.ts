// The part of a history that has been played already. A worker keeps what it replayed last, so that the hub need send,
// and the worker make objects of, only what is new: a long orchestration would otherwise be quadratic in JSON too.
import { type HistoryEvent, eventType } from '../../durable-protocol/history-event.ts';
import type { OrchestrationWork } from '../../durable-protocol/work.ts';

export interface Past {
  readonly events: HistoryEvent[];
  /** Those the library reads, as it reads them. */
  readonly live: object[];
}

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

export function liveEvents(events: readonly HistoryEvent[], IsPlayed: boolean): object[] {
  return events
    .filter(({ EventType }) => replayedTypes.has(EventType))
    .map((event) => ({ ...event, IsPlayed, Timestamp: new Date(event.Timestamp) }));
}

export class PastCache {
  /** Least recently used first. */
  readonly #cached = new Map<string, Past & { readonly leaseId: string }>();
  readonly #mostEvents: number;
  #events = 0;

  constructor(mostEvents = 100_000) {
    this.#mostEvents = mostEvents;
  }

  /** Undefined: the work follows on an episode that is not here any more. */
  pastOf({ instanceId, past, follows }: OrchestrationWork): Past | undefined {
    if (!follows) return played(past);
    const known = this.#cached.get(instanceId);
    if (known?.leaseId !== follows.leaseId || known.events.length !== follows.length) return undefined;
    this.#forget(instanceId);
    return extended(known, past);
  }

  /** After an episode: its fresh events are past now. */
  remember({ instanceId, leaseId, fresh }: OrchestrationWork, past: Past): void {
    this.#forget(instanceId);
    const { events, live } = extended(past, fresh);
    this.#cached.set(instanceId, { leaseId, events, live });
    this.#events += events.length;
    for (const oldest of this.#cached.keys()) {
      if (this.#events <= this.#mostEvents) return;
      this.#forget(oldest);
    }
  }

  #forget(instanceId: string): void {
    this.#events -= this.#cached.get(instanceId)?.events.length ?? 0;
    this.#cached.delete(instanceId);
  }
}

export function played(events: readonly HistoryEvent[]): Past {
  return extended({ events: [], live: [] }, events);
}

/** In place: a history grows by a few events an episode. */
function extended(past: Past, more: readonly HistoryEvent[]): Past {
  for (const event of more) past.events.push(event);
  for (const event of liveEvents(more, true)) past.live.push(event);
  return past;
}
