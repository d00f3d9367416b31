// An event hub: its partitions by number, its consumer groups by name, and where an event goes.
import { BrokerError } from '../errors.ts';
import type { HubDefinition } from './definitions.ts';
import { createPartitionLog, type PartitionLog } from './partition-log.ts';
import { partitionOfKey } from './partition-key.ts';

export interface Hub {
  readonly key: string;
  readonly definition: HubDefinition;
  readonly partitions: readonly PartitionLog[];
  createdAtMs: number;
  /** Takes the next batch that has neither key nor partition. */
  nextPartition: number;
}

/** By key. */
export type Hubs = ReadonlyMap<string, Hub>;

/** Where a sender wants its events: in a partition, with a key, or (neither) wherever it is their turn. */
export interface Destination {
  readonly partitionId: string | undefined;
  readonly partitionKey: string | undefined;
}

export function createHubs(definitions: readonly HubDefinition[]): Hubs {
  return new Map(
    definitions.map((definition) => {
      const key = definition.name.toLowerCase();
      const partitions = Array.from({ length: definition.partitionCount }, (_, index) =>
        createPartitionLog(key, index),
      );
      return [key, { key, definition, partitions, createdAtMs: 0, nextPartition: 0 }];
    }),
  );
}

/** By name in any case. @throws BrokerError entity-not-found */
export function hubAt(hubs: Hubs, name: string): Hub {
  const hub = hubs.get(name.toLowerCase());
  if (!hub) throw new BrokerError('entity-not-found', `The messaging entity '${name}' could not be found.`);
  return hub;
}

/** @throws BrokerError argument-out-of-range */
export function partitionAt(hub: Hub, id: string): PartitionLog {
  const partition = hub.partitions.find((candidate) => candidate.id === id);
  if (partition) return partition;
  const last = hub.partitions.length - 1;
  throw new BrokerError(
    'argument-out-of-range',
    `The specified partition '${id}' is invalid for the event hub '${hub.definition.name}'. It should be between 0 and ${last}.`,
  );
}

/** The group's name as the topology has it. @throws BrokerError entity-not-found */
export function groupAt({ definition }: Hub, name: string): string {
  const group = definition.consumerGroups.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (group !== undefined) return group;
  throw new BrokerError(
    'entity-not-found',
    `The messaging entity '${definition.name}/ConsumerGroups/${name}' could not be found.`,
  );
}

/** @throws BrokerError argument-out-of-range */
export function partitionFor(hub: Hub, { partitionId, partitionKey }: Destination): PartitionLog {
  if (partitionId !== undefined) return partitionAt(hub, partitionId);
  const count = hub.partitions.length;
  const index = partitionKey === undefined ? hub.nextPartition : partitionOfKey(partitionKey, count);
  if (partitionKey === undefined) hub.nextPartition = (index + 1) % count;
  return hub.partitions[index] as PartitionLog;
}
