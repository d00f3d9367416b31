// Reads the topology file: what there is of Service Bus, Event Hubs, Event Grid and storage, under its ARM property names.
// What the file says wrongly is named by its place in the file.
import type { NamespaceDefinition } from './broker/entities/definitions.ts';
import { type EventGridTopology, readEventGrid } from './topology/event-grid.ts';
import { type EventHubsTopology, readEventHubs } from './topology/event-hubs.ts';
import { Fields } from './topology/fields.ts';
import { checkForwarding } from './topology/forwarding.ts';
import { readJson } from './topology/read-json.ts';
import { readServiceBus } from './topology/service-bus.ts';

export interface Topology {
  readonly serviceBus: NamespaceDefinition;
  readonly eventHubs: EventHubsTopology;
  readonly eventGrid: EventGridTopology;
  readonly storage: StorageTopology;
}

/** What a topology file may hold. */
export const topologyParts = ['serviceBus', 'eventHubs', 'eventGrid', 'storage'] as const;

/** Names only: storage entities have no settings here. */
export interface StorageTopology {
  readonly containers: readonly string[];
  readonly queues: readonly string[];
  readonly tables: readonly string[];
}

/** Without a file (an empty name) there is nothing. @throws Error naming the file and what is wrong with it, and where */
export async function readTopology(file: string): Promise<Topology> {
  if (file === '') return parseTopology({});
  return parseTopology(await readJson(file), file);
}

/** `source` names the file in errors. @throws Error */
export function parseTopology(json: unknown, source = 'topology'): Topology {
  const root = new Fields(json, source, topologyParts);
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
