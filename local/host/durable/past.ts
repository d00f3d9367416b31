// The part of a history that has been played already. A worker keeps what it replayed last, so that the hub need send,
// and the worker make objects of, only what is new: a long orchestration would otherwise be quadratic in JSON too.
import type { HistoryEvent } from '../../durable-protocol/history-event.ts';
import type { OrchestrationWork } from '../../durable-protocol/work.ts';

export interface Past {
  readonly events: readonly HistoryEvent[];
  /** The same as the library reads them. */
  readonly live: readonly object[];
}

export function liveEvent(event: HistoryEvent, IsPlayed: boolean): object {
  return { ...event, IsPlayed, Timestamp: new Date(event.Timestamp) };
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
    const { events, live } = played(past);
    if (!follows) return { events, live };
    const known = this.#cached.get(instanceId);
    if (known?.leaseId !== follows.leaseId || known.events.length !== follows.length) return undefined;
    return { events: [...known.events, ...events], live: [...known.live, ...live] };
  }

  /** After an episode: its fresh events are past now. */
  remember({ instanceId, leaseId, fresh }: OrchestrationWork, past: Past): void {
    const { events, live } = played(fresh);
    this.#forget(instanceId);
    this.#cached.set(instanceId, {
      leaseId,
      events: [...past.events, ...events],
      live: [...past.live, ...live],
    });
    this.#events += past.events.length + events.length;
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
  return { events, live: events.map((event) => liveEvent(event, true)) };
}
