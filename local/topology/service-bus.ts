// The Service Bus part of a topology: ARM's names and defaults in, the broker's definitions out.
// https://learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces/queues
import type {
  DeliverySettings,
  EntityStatus,
  NamespaceDefinition,
  QueueDefinition,
  RuleDefinition,
  SubscriptionDefinition,
  TopicDefinition,
} from '../broker/entities/definitions.ts';
import { arm, foreverMs, type ServiceBusDialect } from './dialect.ts';
import { durationMs } from './duration.ts';
import type { Fields } from './fields.ts';
import { readRule } from './rule.ts';

const statuses: readonly EntityStatus[] = ['Active', 'Disabled', 'SendDisabled', 'ReceiveDisabled'];
/** Differs from Azure: maxSizeInMegabytes may be any whole number, so that a full queue can be tried; there 1024 or a multiple of it. */
const maxSizeInMegabytes = { min: 1, max: 81_920, byDefault: 1024 };
const bytesPerMegabyte = 1024 * 1024;

const deliveryProperties = [
  'status',
  'lockDuration',
  'maxDeliveryCount',
  'requiresSession',
  'defaultMessageTimeToLive',
  'deadLetteringOnMessageExpiration',
  'forwardTo',
  'forwardDeadLetteredMessagesTo',
];
const duplicateProperties = ['requiresDuplicateDetection', 'duplicateDetectionHistoryTimeWindow'];
/** Differs from Azure: autoDeleteOnIdle and enablePartitioning have no effect; an entity lives on, in one piece. */
const withoutEffect = ['enableBatchedOperations', 'enablePartitioning', 'autoDeleteOnIdle'];

export function readServiceBus(fields: Fields, dialect = arm): NamespaceDefinition {
  return {
    queues: fields.children('queues', ['name', 'properties']).map((queue) => readQueue(queue, dialect)),
    topics: fields
      .children('topics', ['name', 'properties', 'subscriptions'])
      .map((topic) => readTopic(topic, dialect)),
  };
}

function readQueue(fields: Fields, dialect: ServiceBusDialect): QueueDefinition {
  const known = [...deliveryProperties, ...duplicateProperties, 'maxSizeInMegabytes'];
  const properties = fields.child('properties', [...known, ...withoutEffect]);
  return {
    name: fields.name(),
    ...readDelivery(properties, dialect),
    duplicateDetectionWindowMs: readDuplicateDetection(properties, dialect),
    maxSizeBytes: readMaxSize(properties),
  };
}

function readTopic(fields: Fields, dialect: ServiceBusDialect): TopicDefinition {
  const known = ['status', 'defaultMessageTimeToLive', ...duplicateProperties, 'maxSizeInMegabytes', 'supportOrdering'];
  const properties = fields.child('properties', [...known, ...withoutEffect]);
  return {
    name: fields.name(),
    status: readStatus(properties),
    maxSizeBytes: readMaxSize(properties),
    duplicateDetectionWindowMs: readDuplicateDetection(properties, dialect),
    defaultTtlMs: readTtl(properties, dialect),
    subscriptions: fields
      .children('subscriptions', ['name', 'properties', 'rules'])
      .map((subscription) => readSubscription(subscription, dialect)),
  };
}

function readSubscription(fields: Fields, dialect: ServiceBusDialect): SubscriptionDefinition {
  const rules = fields.children('rules', ['name', 'properties']).map((rule) => readRule(rule, dialect));
  const takesAll: RuleDefinition = { name: '$Default', filter: { kind: 'true' } };
  const filterErrors = 'deadLetteringOnFilterEvaluationExceptions';
  const properties = fields.child('properties', [...deliveryProperties, filterErrors, ...withoutEffect]);
  return {
    name: fields.name(),
    ...readDelivery(properties, dialect),
    deadLetteringOnFilterEvaluationExceptions: properties.flag(filterErrors, true),
    rules: fields.has('rules') ? rules : [takesAll],
  };
}

function readDelivery(properties: Fields, dialect: ServiceBusDialect): DeliverySettings {
  const settings = {
    status: readStatus(properties),
    lockDurationMs: readDuration(properties, 'lockDuration', dialect.lockDuration),
    maxDeliveryCount: properties.integer('maxDeliveryCount', dialect.maxDeliveryCount),
    requiresSession: properties.flag('requiresSession', false),
    defaultTtlMs: readTtl(properties, dialect),
    deadLetteringOnMessageExpiration: properties.flag('deadLetteringOnMessageExpiration', false),
    // An empty name, as the emulator's own sample has it, is none.
    forwardTo: properties.text('forwardTo') || undefined,
    forwardDeadLetteredMessagesTo: properties.text('forwardDeadLetteredMessagesTo') || undefined,
  };
  if (settings.requiresSession && settings.forwardTo !== undefined)
    throw new Error(`${properties.at('forwardTo')} is not allowed on an entity that requires sessions.`);
  return settings;
}

function readStatus(properties: Fields): EntityStatus {
  const given = properties.text('status') ?? 'Active';
  const status = statuses.find((known) => known === given);
  if (!status) throw properties.wrong('status', statuses.join(', '));
  return status;
}

function readMaxSize(properties: Fields): number {
  return properties.integer('maxSizeInMegabytes', maxSizeInMegabytes) * bytesPerMegabyte;
}

function readDuplicateDetection(properties: Fields, dialect: ServiceBusDialect): number | undefined {
  const windowMs = readDuration(properties, 'duplicateDetectionHistoryTimeWindow', dialect.duplicateDetection);
  return properties.flag('requiresDuplicateDetection', false) ? windowMs : undefined;
}

function readTtl(properties: Fields, dialect: ServiceBusDialect): number | undefined {
  const ttlMs = readDuration(properties, 'defaultMessageTimeToLive', dialect.timeToLive);
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
