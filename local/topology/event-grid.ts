// The Event Grid part of a topology, in ARM's terms: system topics, topics of one's own, and who gets what from them.
// https://learn.microsoft.com/azure/templates/microsoft.eventgrid/eventsubscriptions
import { type AdvancedFilter, readAdvancedFilter } from './advanced-filter.ts';
import type { Fields } from './fields.ts';

/** Differs from Azure: every topic has this access key, known to all, and tokens (SAS, Entra) are not taken. */
export const developmentTopicKey = 'bG9jYWwtZGV2ZWxvcG1lbnQ=';

export interface EventGridTopology {
  /** What other services raise: `storage` has the blob events. */
  readonly systemTopics: readonly EventTopic[];
  /** What the app publishes to. */
  readonly topics: readonly EventTopic[];
}

export interface EventTopic {
  readonly name: string;
  /** How events come in. */
  readonly inputSchema: EventSchema;
  readonly subscriptions: readonly EventSubscription[];
}

export type EventSchema = (typeof schemas)[number];

export interface EventSubscription {
  readonly name: string;
  readonly destination: EventDestination;
  readonly deliverySchema: EventSchema;
  readonly filter: EventFilter;
  /** Name of the blob container that takes what was given up; without it, it is dropped. */
  readonly deadLetterContainer: string | undefined;
  readonly maxDeliveryAttempts: number;
  readonly timeToLiveMs: number;
}

export type EventDestination =
  | { readonly kind: 'function'; readonly functionName: string }
  | { readonly kind: 'webhook'; readonly url: string };

/** An event passes that meets all of it. */
export interface EventFilter {
  /** Undefined takes every type. */
  readonly includedEventTypes: readonly string[] | undefined;
  /** Empty takes every subject. */
  readonly subjectBeginsWith: string;
  readonly subjectEndsWith: string;
  readonly isSubjectCaseSensitive: boolean;
  readonly advancedFilters: readonly AdvancedFilter[];
}

const schemas = ['EventGridSchema', 'CloudEventSchemaV1_0'] as const;
const minuteMs = 60_000;
const bounds = {
  maxDeliveryAttempts: { min: 1, max: 30, byDefault: 30 },
  eventTimeToLiveInMinutes: { min: 1, max: 1440, byDefault: 1440 },
} as const;

/** `containers` are those of the storage account that dead letters may go to. */
export function readEventGrid(fields: Fields, containers: readonly string[]): EventGridTopology {
  const systemTopics = fields.children('systemTopics', ['name', 'subscriptions']).map((topic) => ({
    name: topic.name(),
    inputSchema: 'EventGridSchema' as const,
    subscriptions: readSubscriptions(topic, 'EventGridSchema', containers),
  }));
  const topics = fields.children('topics', ['name', 'properties', 'subscriptions']).map((topic) => {
    const inputSchema = readSchema(topic.child('properties', ['inputSchema']), 'inputSchema', 'EventGridSchema');
    return { name: topic.name(), inputSchema, subscriptions: readSubscriptions(topic, inputSchema, containers) };
  });
  refuseTwins(fields.at('systemTopics'), systemTopics);
  refuseTwins(fields.at('topics'), topics);
  return { systemTopics, topics };
}

function readSubscriptions(topic: Fields, inputSchema: EventSchema, containers: readonly string[]) {
  const known = ['name', 'function', 'endpoint', 'deadLetterContainer', 'properties'];
  const subscriptions = topic
    .children('subscriptions', known)
    .map((fields) => readSubscription(fields, inputSchema, containers));
  refuseTwins(topic.at('subscriptions'), subscriptions);
  return subscriptions;
}

function readSubscription(fields: Fields, inputSchema: EventSchema, containers: readonly string[]): EventSubscription {
  const properties = fields.child('properties', ['eventDeliverySchema', 'filter', 'retryPolicy']);
  const retry = properties.child('retryPolicy', ['maxDeliveryAttempts', 'eventTimeToLiveInMinutes']);
  const deliverySchema = readSchema(properties, 'eventDeliverySchema', inputSchema);
  if (inputSchema === 'CloudEventSchemaV1_0' && deliverySchema !== inputSchema)
    throw properties.wrong('eventDeliverySchema', `${inputSchema}, as what comes in`);
  const deadLetterContainer = fields.text('deadLetterContainer');
  if (deadLetterContainer !== undefined && !containers.includes(deadLetterContainer))
    throw fields.wrong('deadLetterContainer', 'one of storage.containers');
  return {
    name: fields.name(),
    destination: readDestination(fields),
    deliverySchema,
    filter: readFilter(properties),
    deadLetterContainer,
    maxDeliveryAttempts: retry.integer('maxDeliveryAttempts', bounds.maxDeliveryAttempts),
    timeToLiveMs: retry.integer('eventTimeToLiveInMinutes', bounds.eventTimeToLiveInMinutes) * minuteMs,
  };
}

function readDestination(fields: Fields): EventDestination {
  const functionName = fields.text('function');
  const url = fields.text('endpoint');
  if (functionName !== undefined && url === undefined) return { kind: 'function', functionName };
  if (url === undefined || functionName !== undefined)
    throw new Error(`${fields.place} must have a function or an endpoint, and not both.`);
  if (!URL.canParse(url) || !/^https?:/i.test(url)) throw fields.wrong('endpoint', 'the URL of a webhook');
  return { kind: 'webhook', url };
}

function readFilter(properties: Fields): EventFilter {
  const filter = properties.child('filter', [
    'includedEventTypes',
    'subjectBeginsWith',
    'subjectEndsWith',
    'isSubjectCaseSensitive',
    'advancedFilters',
  ]);
  return {
    includedEventTypes: filter.has('includedEventTypes') ? filter.texts('includedEventTypes') : undefined,
    subjectBeginsWith: filter.text('subjectBeginsWith') ?? '',
    subjectEndsWith: filter.text('subjectEndsWith') ?? '',
    isSubjectCaseSensitive: filter.flag('isSubjectCaseSensitive', false),
    advancedFilters: filter
      .children('advancedFilters', ['operatorType', 'key', 'value', 'values'])
      .map(readAdvancedFilter),
  };
}

function readSchema(fields: Fields, name: string, byDefault: EventSchema): EventSchema {
  const text = fields.text(name) ?? byDefault;
  const schema = schemas.find((candidate) => candidate === text);
  if (schema === undefined) throw fields.wrong(name, schemas.join(' or '));
  return schema;
}

function refuseTwins(place: string, entities: readonly { readonly name: string }[]): void {
  const names = new Set<string>();
  for (const { name } of entities) {
    if (names.has(name.toLowerCase())) throw new Error(`${place}: there are two named '${name}'.`);
    names.add(name.toLowerCase());
  }
}
