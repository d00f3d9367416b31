// Reads the topology file: what there is of Service Bus, Event Hubs, Event Grid and storage, under its ARM property names.
// What the file says wrongly is named by its place in the file.
import { readFile } from 'node:fs/promises';
import type { NamespaceDefinition } from './broker/entities/definitions.ts';
import { type EventGridTopology, readEventGrid } from './topology/event-grid.ts';
import { type EventHubsTopology, readEventHubs } from './topology/event-hubs.ts';
import { Fields } from './topology/fields.ts';
import { checkForwarding } from './topology/forwarding.ts';
import { readServiceBus } from './topology/service-bus.ts';

export interface Topology {
  readonly serviceBus: NamespaceDefinition;
  readonly eventHubs: EventHubsTopology;
  readonly eventGrid: EventGridTopology;
  readonly storage: StorageTopology;
}

/** Names only: storage entities have no settings here. */
export interface StorageTopology {
  readonly containers: readonly string[];
  readonly queues: readonly string[];
  readonly tables: readonly string[];
}

/** @throws Error naming the file and what is wrong with it, and where */
export async function readTopology(file: string): Promise<Topology> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`Cannot read the topology from ${file}: ${(error as Error).message}`, { cause: error });
  }
  return parseTopology(json, file);
}

/** `source` names the file in errors. @throws Error */
export function parseTopology(json: unknown, source = 'topology'): Topology {
  const root = new Fields(json, source, ['serviceBus', 'eventHubs', 'eventGrid', 'storage']);
  const serviceBus = readServiceBus(root.child('serviceBus', ['queues', 'topics']));
  checkForwarding(serviceBus, source);
  const storage = readStorage(root.child('storage', ['containers', 'queues', 'tables']));
  const namesTaken = [...serviceBus.queues, ...serviceBus.topics].map(({ name }) => name);
  return {
    serviceBus,
    eventHubs: readEventHubs(root.child('eventHubs', ['hubs']), namesTaken),
    eventGrid: readEventGrid(root.child('eventGrid', ['systemTopics', 'topics']), storage.containers),
    storage,
  };
}

function readStorage(fields: Fields): StorageTopology {
  const namesOf = (kind: keyof StorageTopology) => fields.children(kind, ['name']).map((entity) => entity.name());
  return { containers: namesOf('containers'), queues: namesOf('queues'), tables: namesOf('tables') };
}
