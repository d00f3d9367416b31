// The Event Hubs part of a topology: ARM's names and defaults in, the broker's definitions out.
// https://learn.microsoft.com/azure/templates/microsoft.eventhub/namespaces/eventhubs
import type { HubDefinition } from '../broker/logs/definitions.ts';
import type { Fields } from './fields.ts';

export interface EventHubsTopology {
  readonly hubs: readonly HubDefinition[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const bytesPerMegabyte = 1024 * 1024;
const bounds = {
  partitionCount: { min: 1, max: 32, byDefault: 4 },
  messageRetentionInDays: { min: 1, max: 7, byDefault: 7 },
  retentionTimeInHours: { min: 1, max: 168, byDefault: 168 },
  maxSizeInMegabytes: { min: 1, max: 1024 * 1024, byDefault: 1024 },
} as const;
const defaultGroup = '$Default';
const hubName = /^[a-z0-9](?:[\w.-]{0,254}[a-z0-9])?$/i;

/** A hub may not share its name with a queue or topic: clients address all of them on one port. */
export function readEventHubs(fields: Fields, takenNames: readonly string[]): EventHubsTopology {
  const taken = new Set(takenNames.map((name) => name.toLowerCase()));
  const hubs = fields.children('hubs', ['name', 'properties', 'consumerGroups', 'maxSizeInMegabytes']).map((hub) => {
    const name = readHubName(hub);
    if (taken.has(name.toLowerCase())) throw new Error(`${hub.place}: there are two entities named '${name}'.`);
    taken.add(name.toLowerCase());
    return readHub(hub, name);
  });
  return { hubs };
}

export function readHubName(hub: Fields): string {
  const name = hub.name();
  if (!hubName.test(name)) throw hub.wrong('name', 'letters, digits and, inside, any of . - _');
  return name;
}

function readHub(fields: Fields, name: string): HubDefinition {
  const properties = fields.child('properties', ['partitionCount', 'messageRetentionInDays', 'retentionDescription']);
  return {
    name,
    partitionCount: properties.integer('partitionCount', bounds.partitionCount),
    retentionMs: readRetentionMs(properties),
    retentionBytes: readRetentionBytes(fields),
    consumerGroups: readConsumerGroups(fields),
  };
}

/** In days, or (as newer templates do) described in hours. */
function readRetentionMs(properties: Fields): number {
  if (!properties.has('retentionDescription'))
    return properties.integer('messageRetentionInDays', bounds.messageRetentionInDays) * dayMs;
  const description = properties.child('retentionDescription', ['cleanupPolicy', 'retentionTimeInHours']);
  const policy = description.text('cleanupPolicy') ?? 'Delete';
  if (policy !== 'Delete') throw description.wrong('cleanupPolicy', '"Delete": compaction is not served here');
  return description.integer('retentionTimeInHours', bounds.retentionTimeInHours) * hourMs;
}

/**
 * Differs from Azure: a partition keeps a gigabyte at most, or the hub's `maxSizeInMegabytes` (beside its `properties`), so that a
 * laptop's disk does not fill; there the namespace's capacity is the bound.
 */
export function readRetentionBytes(hub: Fields): number {
  return hub.integer('maxSizeInMegabytes', bounds.maxSizeInMegabytes) * bytesPerMegabyte;
}

/** `$Default` and those the hub names. */
export function readConsumerGroups(fields: Fields): string[] {
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
