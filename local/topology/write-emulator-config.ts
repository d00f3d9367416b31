// The other way round: the Config.json files of the official emulators from a topology, and what they cannot say of it.
// Schemas: see emulator-config.ts. Quotas: https://learn.microsoft.com/azure/service-bus-messaging/overview-emulator#usage-quotas
import type {
  DeliverySettings,
  FilterDefinition,
  QueueDefinition,
  RuleDefinition,
  SubscriptionDefinition,
  TopicDefinition,
} from '../broker/entities/definitions.ts';
import type { HubDefinition } from '../broker/logs/definitions.ts';
import type { BrokerTopology } from './broker-topology.ts';
import { foreverMs } from './dialect.ts';
import { isoDuration } from './duration.ts';

/** The most the Service Bus emulator takes. */
const most = { deliveries: 10, timeToLiveMs: 3_600_000, duplicateWindowMs: 300_000 };

export interface EmulatorConfigs {
  readonly serviceBus: object;
  readonly eventHubs: object;
  /** A sentence for each property that is another there. */
  readonly changes: readonly string[];
}

type Note = (change: string) => void;

export function toEmulatorConfigs({ serviceBus, eventHubs }: BrokerTopology): EmulatorConfigs {
  const changes = new Set<string>();
  const note: Note = (change) => void changes.add(change);
  const namespace = {
    Name: 'sbemulatorns',
    Queues: serviceBus.queues.map((queue) => writeQueue(queue, note)),
    Topics: serviceBus.topics.map((topic) => writeTopic(topic, note)),
  };
  const hubs = { Type: 'EventHub', Name: 'emulatorNs1', Entities: eventHubs.hubs.map((hub) => writeHub(hub, note)) };
  return {
    serviceBus: { UserConfig: { Namespaces: [namespace], Logging: { Type: 'Console' } } },
    eventHubs: { UserConfig: { NamespaceConfig: [hubs], LoggingConfig: { Type: 'Console' } } },
    changes: [...changes],
  };
}

function writeQueue(queue: QueueDefinition, note: Note) {
  return {
    Name: queue.name,
    Properties: { ...writeDelivery(queue, queue.name, note), ...writeDuplicates(queue, note) },
  };
}

function writeTopic(topic: TopicDefinition, note: Note) {
  return {
    Name: topic.name,
    Properties: { DefaultMessageTimeToLive: writeTtl(topic.defaultTtlMs, note), ...writeDuplicates(topic, note) },
    Subscriptions: topic.subscriptions.map((subscription) => writeSubscription(topic.name, subscription, note)),
  };
}

function writeSubscription(topic: string, subscription: SubscriptionDefinition, note: Note) {
  const isDefault = subscription.rules.length === 1 && subscription.rules[0]?.filter.kind === 'true';
  return {
    Name: subscription.name,
    Properties: writeDelivery(subscription, `${topic}/${subscription.name}`, note),
    ...(!isDefault && { Rules: subscription.rules.map(writeRule) }),
  };
}

function writeDelivery(settings: DeliverySettings, path: string, note: Note) {
  if (settings.status !== 'Active') note(`${path} is active there, not ${settings.status}.`);
  if (settings.maxDeliveryCount > most.deliveries)
    note(`MaxDeliveryCount of ${path} is ${most.deliveries} there, not ${settings.maxDeliveryCount}.`);
  return {
    LockDuration: isoDuration(settings.lockDurationMs),
    MaxDeliveryCount: Math.min(settings.maxDeliveryCount, most.deliveries),
    RequiresSession: settings.requiresSession,
    DefaultMessageTimeToLive: writeTtl(settings.defaultTtlMs, note),
    DeadLetteringOnMessageExpiration: settings.deadLetteringOnMessageExpiration,
    ForwardTo: settings.forwardTo ?? '',
    ForwardDeadLetteredMessagesTo: settings.forwardDeadLetteredMessagesTo ?? '',
  };
}

function writeTtl(ttlMs = foreverMs, note: Note): string {
  if (ttlMs > most.timeToLiveMs) note('A message lives for an hour at most there.');
  return isoDuration(Math.min(ttlMs, most.timeToLiveMs));
}

function writeDuplicates(
  { name, duplicateDetectionWindowMs: windowMs }: QueueDefinition | TopicDefinition,
  note: Note,
) {
  if (windowMs === undefined) return { RequiresDuplicateDetection: false };
  const writtenMs = Math.min(windowMs, most.duplicateWindowMs);
  const written = isoDuration(writtenMs);
  if (writtenMs < windowMs)
    note(`DuplicateDetectionHistoryTimeWindow of ${name} is ${written} there, not ${isoDuration(windowMs)}.`);
  return { RequiresDuplicateDetection: true, DuplicateDetectionHistoryTimeWindow: written };
}

function writeRule({ name, filter, action }: RuleDefinition) {
  const Action = action === undefined ? undefined : { SqlExpression: action };
  return { Name: name, Properties: { ...writeFilter(filter), Action } };
}

function writeFilter(filter: FilterDefinition) {
  switch (filter.kind) {
    case 'true':
      return writeSql('1=1');
    case 'false':
      return writeSql('1=0');
    case 'sql':
      return writeSql(filter.expression);
    case 'correlation': {
      const { kind: _, subject: Label, properties, ...fields } = filter;
      const written = Object.entries(fields).map(([name, value]) => [
        name.charAt(0).toUpperCase() + name.slice(1),
        value,
      ]);
      const hasProperties = Object.keys(properties ?? {}).length > 0;
      const CorrelationFilter = {
        ...Object.fromEntries(written),
        Label,
        ...(hasProperties && { Properties: properties }),
      };
      return { FilterType: 'Correlation', CorrelationFilter };
    }
  }
}

function writeSql(SqlExpression: string) {
  return { FilterType: 'Sql', SqlFilter: { SqlExpression } };
}

function writeHub({ name, partitionCount, retentionMs, consumerGroups }: HubDefinition, note: Note) {
  if (retentionMs > 3_600_000) note('An event is kept for an hour there.');
  const groups = consumerGroups.filter((group) => group !== '$Default');
  return {
    Name: name,
    PartitionCount: String(partitionCount),
    ...(groups.length > 0 && { ConsumerGroups: groups.map((Name) => ({ Name })) }),
  };
}
