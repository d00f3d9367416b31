// The recent events with their deliveries, for people: what `/local/events` shows.
import type { Delivery } from './delivery.ts';
import { timeOf, typeOf } from './grid-event.ts';

const mostShown = 200;

/** Newest first. Events that no subscription wanted are not among them. */
export function eventsView(deliveries: Iterable<Delivery>): unknown[] {
  const byEvent = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const key = `${delivery.topic}/${String(delivery.event.body['id'])}/${delivery.acceptedAtMs}`;
    byEvent.set(key, [...(byEvent.get(key) ?? []), delivery]);
  }
  return [...byEvent.values()]
    .toSorted(([a], [b]) => (b?.acceptedAtMs ?? 0) - (a?.acceptedAtMs ?? 0))
    .slice(0, mostShown)
    .map(eventView);
}

function eventView(deliveries: readonly Delivery[]): unknown {
  const [{ topic, event, acceptedAtMs }] = deliveries as readonly [Delivery];
  return {
    id: event.body['id'],
    topic,
    type: typeOf(event),
    subject: event.body['subject'],
    time: timeOf(event),
    acceptedAt: at(acceptedAtMs),
    data: event.body['data'],
    deliveries: deliveries.map(({ subscription, state, reason, attempts, nextAttemptAtMs }) => ({
      subscription,
      state,
      ...(reason !== undefined && { reason }),
      attempts: attempts.map(({ atMs, outcome }) => ({ at: at(atMs), outcome })),
      ...(state === 'pending' && { nextAttemptAt: at(nextAttemptAtMs) }),
    })),
  };
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}
