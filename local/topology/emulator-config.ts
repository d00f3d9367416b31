// Reads the Config.json of the official Service Bus and Event Hubs emulators. Their quotas are not kept; the name of a namespace has no
// meaning, and the entities of several stand side by side.
// https://github.com/Azure/azure-service-bus-emulator-installer/blob/main/ServiceBus-Emulator/Schema/Config-schema.json
// https://github.com/Azure/azure-event-hubs-emulator-installer/blob/main/EventHub-Emulator/Schema/Config-schema.json
import type { HubDefinition } from '../broker/logs/definitions.ts';
import type { Topology } from '../topology.ts';
import { emulator } from './dialect.ts';
import { readConsumerGroups, readHubName, readRetentionBytes } from './event-hubs.ts';
import { Fields, type Spelling } from './fields.ts';
import { checkForwarding } from './forwarding.ts';
import { readServiceBus } from './service-bus.ts';

const hourMs = 3_600_000;
const mostPartitions = 32;

/** ARM's names with a capital. */
const pascalCase: Spelling = (name) => name.charAt(0).toUpperCase() + name.slice(1);

/** `source` names the file in errors. @throws Error naming the place in the file */
export function parseEmulatorConfig(json: unknown, source: string): Pick<Topology, 'serviceBus' | 'eventHubs'> {
  const root = new Fields(json, source, ['userConfig'], '', pascalCase);
  const config = root.child('userConfig', ['namespaces', 'logging', 'namespaceConfig', 'loggingConfig']);
  if (!config.has('namespaces') && !config.has('namespaceConfig'))
    throw new Error(
      `${config.place} has neither Namespaces (the Service Bus emulator) nor NamespaceConfig (the Event Hubs emulator).`,
    );
  const namespaces = config
    .children('namespaces', ['name', 'queues', 'topics'])
    .map((namespace) => readServiceBus(namespace, emulator));
  const serviceBus = {
    queues: namespaces.flatMap(({ queues }) => queues),
    topics: namespaces.flatMap(({ topics }) => topics),
  };
  checkForwarding(serviceBus, source);
  const hubs = config.children('namespaceConfig', ['type', 'name', 'entities']).flatMap(readHubs);
  return { serviceBus, eventHubs: { hubs } };
}

function readHubs(namespace: Fields): HubDefinition[] {
  if (namespace.text('type') !== 'EventHub') throw namespace.wrong('type', '"EventHub"');
  return namespace.children('entities', ['name', 'partitionCount', 'consumerGroups']).map((entity) => ({
    name: readHubName(entity),
    partitionCount: readPartitionCount(entity),
    retentionMs: hourMs,
    retentionBytes: readRetentionBytes(entity),
    consumerGroups: readConsumerGroups(entity),
  }));
}

/** Text, by their schema; many files have a number. */
function readPartitionCount(entity: Fields): number {
  const given = entity.value('partitionCount');
  const count = /^\d+$/.test(String(given)) ? Number(given) : 0;
  if (count < 1 || count > mostPartitions) throw entity.wrong('partitionCount', `a number from 1 to ${mostPartitions}`);
  return count;
}
