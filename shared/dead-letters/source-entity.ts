// Where a letter failed, which is where it goes again: there alone, past the topic and the other subscribers.
import { topology } from '../kernel/topology.ts';

export type Source =
  | { readonly kind: 'queue'; readonly queue: string }
  | { readonly kind: 'event-grid'; readonly functionName: string }
  | { readonly kind: 'hub'; readonly hub: string }
  | { readonly kind: 'orchestration'; readonly orchestration: string };

/** Undefined for what is no place of this system, and for a function whose events come from no topic of ours. */
export function sourceOf(sourceEntity: string): Source | undefined {
  const [place = '', name = ''] = sourceEntity.split('/');
  switch (place) {
    case 'hub':
      return topology.eventHubs.hubs.some((hub) => hub.name === name) ? { kind: 'hub', hub: name } : undefined;
    case 'event-grid':
      return takesOurEvents(name) ? { kind: 'event-grid', functionName: name } : undefined;
    case 'orchestration':
      return { kind: 'orchestration', orchestration: name };
    default: {
      const queue = queueOf(sourceEntity);
      return queue === undefined ? undefined : { kind: 'queue', queue };
    }
  }
}

const takesOurEvents = (functionName: string): boolean =>
  topology.eventGrid.topics.some(({ subscriptions }) => subscriptions.some((one) => one.function === functionName));

/** Whatever a subscription holds it forwards to a queue of its own. */
function queueOf(entity: string): string | undefined {
  const { queues, topics } = topology.serviceBus;
  const own = queues.find(({ name }) => name === entity)?.name;
  const [topic, , subscription] = entity.toLowerCase().split('/');
  return (
    own ??
    topics.find(({ name }) => name === topic)?.subscriptions.find(({ name }) => name === subscription)?.properties
      .forwardTo
  );
}
