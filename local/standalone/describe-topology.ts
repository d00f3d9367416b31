// What a broker serves, in a few lines to read.
import type { BrokerTopology } from '../topology/broker-topology.ts';

/** A line for each kind there is something of. */
export function describeTopology({ serviceBus, eventHubs }: BrokerTopology): string {
  const topics = serviceBus.topics.map(({ name, subscriptions }) => `${name} (${namesOf(subscriptions)})`);
  const hubs = eventHubs.hubs.map(
    ({ name, partitionCount, consumerGroups }) =>
      `${name} (${partitionCount} partitions, ${consumerGroups.join(', ')})`,
  );
  const lines = [
    ['Queues:', namesOf(serviceBus.queues)],
    ['Topics:', topics.join(', ')],
    ['Event hubs:', hubs.join(', ')],
  ];
  return lines.map(([kind = '', entities]) => (entities ? `${kind.padEnd(13)}${entities}\n` : '')).join('');
}

function namesOf(entities: readonly { readonly name: string }[]): string {
  return entities.map(({ name }) => name).join(', ');
}
