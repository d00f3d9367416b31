// The Service Bus part of a topology: ARM's names and defaults in, the broker's definitions out.
// https://learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces/queues
import type {
  DeliverySettings,
  NamespaceDefinition,
  QueueDefinition,
  RuleDefinition,
  SubscriptionDefinition,
  TopicDefinition,
} from '../broker/entities/definitions.ts';
import { durationMs } from './duration.ts';
import type { Fields } from './fields.ts';
import { readRule } from './rule.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const bounds = {
  lockDuration: { minMs: 1000, maxMs: 5 * minuteMs, byDefaultMs: minuteMs },
  duplicateDetection: { minMs: 20_000, maxMs: 7 * dayMs, byDefaultMs: 10 * minuteMs },
  maxDeliveryCount: { min: 1, max: 2000, byDefault: 10 },
} as const;

/** Azure's way to say never. */
const foreverMs = 10_000_000 * dayMs;

const deliveryProperties = [
  'lockDuration',
  'maxDeliveryCount',
  'requiresSession',
  'defaultMessageTimeToLive',
  'deadLetteringOnMessageExpiration',
  'forwardTo',
  'forwardDeadLetteredMessagesTo',
];
const duplicateProperties = ['requiresDuplicateDetection', 'duplicateDetectionHistoryTimeWindow'];
/** Differs from Azure: these have no effect here, an entity is as large and lives as long as it likes. */
const withoutEffect = ['maxSizeInMegabytes', 'enableBatchedOperations', 'enablePartitioning', 'autoDeleteOnIdle'];

export function readServiceBus(fields: Fields): NamespaceDefinition {
  return {
    queues: fields.children('queues', ['name', 'properties']).map(readQueue),
    topics: fields.children('topics', ['name', 'properties', 'subscriptions']).map(readTopic),
  };
}

function readQueue(fields: Fields): QueueDefinition {
  const properties = fields.child('properties', [...deliveryProperties, ...duplicateProperties, ...withoutEffect]);
  return {
    name: fields.name(),
    ...readDelivery(properties),
    duplicateDetectionWindowMs: readDuplicateDetection(properties),
  };
}

function readTopic(fields: Fields): TopicDefinition {
  const properties = fields.child('properties', ['defaultMessageTimeToLive', ...duplicateProperties, ...withoutEffect]);
  return {
    name: fields.name(),
    duplicateDetectionWindowMs: readDuplicateDetection(properties),
    defaultTtlMs: readTtl(properties),
    subscriptions: fields.children('subscriptions', ['name', 'properties', 'rules']).map(readSubscription),
  };
}

function readSubscription(fields: Fields): SubscriptionDefinition {
  const rules = fields.children('rules', ['name', 'properties']).map(readRule);
  const takesAll: RuleDefinition = { name: '$Default', filter: { kind: 'true' } };
  return {
    name: fields.name(),
    ...readDelivery(fields.child('properties', [...deliveryProperties, ...withoutEffect])),
    rules: fields.has('rules') ? rules : [takesAll],
  };
}

function readDelivery(properties: Fields): DeliverySettings {
  const settings = {
    lockDurationMs: readDuration(properties, 'lockDuration', bounds.lockDuration),
    maxDeliveryCount: properties.integer('maxDeliveryCount', bounds.maxDeliveryCount),
    requiresSession: properties.flag('requiresSession', false),
    defaultTtlMs: readTtl(properties),
    deadLetteringOnMessageExpiration: properties.flag('deadLetteringOnMessageExpiration', false),
    forwardTo: properties.text('forwardTo'),
    forwardDeadLetteredMessagesTo: properties.text('forwardDeadLetteredMessagesTo'),
  };
  if (settings.requiresSession && settings.forwardTo !== undefined)
    throw new Error(`${properties.at('forwardTo')} is not allowed on an entity that requires sessions.`);
  return settings;
}

function readDuplicateDetection(properties: Fields): number | undefined {
  const windowMs = readDuration(properties, 'duplicateDetectionHistoryTimeWindow', bounds.duplicateDetection);
  return properties.flag('requiresDuplicateDetection', false) ? windowMs : undefined;
}

function readTtl(properties: Fields): number | undefined {
  const ttlMs = readDuration(properties, 'defaultMessageTimeToLive', {
    minMs: 1000,
    maxMs: Number.POSITIVE_INFINITY,
    byDefaultMs: foreverMs,
  });
  return ttlMs >= foreverMs ? undefined : ttlMs;
}

function readDuration(
  properties: Fields,
  name: string,
  { minMs, maxMs, byDefaultMs }: { minMs: number; maxMs: number; byDefaultMs: number },
): number {
  const text = properties.text(name);
  if (text === undefined) return byDefaultMs;
  const valueMs = durationMs(text);
  if (valueMs === undefined) throw properties.wrong(name, 'an ISO 8601 duration such as PT5M');
  if (valueMs < minMs || valueMs > maxMs)
    throw properties.wrong(name, `from ${minMs / 1000} to ${maxMs / 1000} seconds long`);
  return valueMs;
}
