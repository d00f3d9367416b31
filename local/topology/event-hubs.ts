// The Event Hubs part of a topology: ARM's names and defaults in, the broker's definitions out.
// https://learn.microsoft.com/azure/templates/microsoft.eventhub/namespaces/eventhubs
import type { HubDefinition } from '../broker/logs/definitions.ts';
import type { Fields } from './fields.ts';

export interface EventHubsTopology {
  readonly hubs: readonly HubDefinition[];
}

const dayMs = 86_400_000;
const bounds = {
  partitionCount: { min: 1, max: 32, byDefault: 4 },
  messageRetentionInDays: { min: 1, max: 7, byDefault: 7 },
} as const;
const defaultGroup = '$Default';
const hubName = /^[a-z0-9](?:[\w.-]{0,254}[a-z0-9])?$/i;

/** A hub may not share its name with a queue or topic: clients address all of them on one port. */
export function readEventHubs(fields: Fields, takenNames: readonly string[]): EventHubsTopology {
  const taken = new Set(takenNames.map((name) => name.toLowerCase()));
  const hubs = fields.children('hubs', ['name', 'properties', 'consumerGroups']).map((hub) => {
    const name = hub.name();
    if (!hubName.test(name)) throw hub.wrong('name', 'letters, digits and, inside, any of . - _');
    if (taken.has(name.toLowerCase())) throw new Error(`${hub.place}: there are two entities named '${name}'.`);
    taken.add(name.toLowerCase());
    return readHub(hub, name);
  });
  return { hubs };
}

function readHub(fields: Fields, name: string): HubDefinition {
  const properties = fields.child('properties', ['partitionCount', 'messageRetentionInDays']);
  return {
    name,
    partitionCount: properties.integer('partitionCount', bounds.partitionCount),
    retentionMs: properties.integer('messageRetentionInDays', bounds.messageRetentionInDays) * dayMs,
    consumerGroups: readConsumerGroups(fields),
  };
}

function readConsumerGroups(fields: Fields): string[] {
  const groups = fields.children('consumerGroups', ['name']);
  const names = [defaultGroup];
  for (const group of groups) {
    const name = group.name();
    const isDefault = name.toLowerCase() === defaultGroup.toLowerCase();
    const isKnown = names.some((known) => known.toLowerCase() === name.toLowerCase());
    if (isKnown && !isDefault) throw new Error(`${group.place}: there are two consumer groups named '${name}'.`);
    if (!isKnown) names.push(name);
  }
  return names;
}
