// One order from what a stream of events tells of it, in whatever order and however often. Pure.
import { type CloudEvent, eventName } from '../kernel/cloud-event.ts';
import type { OrderEvent, StoredOrderEvent } from './events.ts';
import { follow, type Order } from './order.ts';

export interface CollectedOrder {
  /** In order, each once. */
  readonly events: readonly StoredOrderEvent[];
  /** How many came again. */
  readonly repeats: number;
  /** Runs of events that did not come, before the last one that did. */
  readonly gaps: readonly { readonly first: number; readonly last: number }[];
  /** From its first event on; undefined where there is a gap, for nothing is folded over one. */
  readonly order?: Order;
}

/** What the hub is told of an event, as the event. */
export function toStoredEvent(
  told: CloudEvent<{ readonly orderId: string; readonly version: number }>,
): StoredOrderEvent {
  const { orderId: _, version, ...fact } = told.data;
  const event = { type: eventName(told.type), data: fact } as OrderEvent;
  return { ...event, version, eventId: told.id, at: told.time };
}

export function collectOrder(orderId: string, came: readonly StoredOrderEvent[]): CollectedOrder {
  const byVersion = new Map(came.map((event) => [event.version, event]));
  const events = [...byVersion.values()].toSorted((a, b) => a.version - b.version);
  const gaps = events.flatMap(({ version }, index) => {
    const first = (events[index - 1]?.version ?? 0) + 1;
    return first < version ? [{ first, last: version - 1 }] : [];
  });
  let order: Order | undefined;
  if (gaps.length === 0) for (const event of events) order = follow(orderId, order, event);
  return { events, repeats: came.length - events.length, gaps, ...(order === undefined ? {} : { order }) };
}
