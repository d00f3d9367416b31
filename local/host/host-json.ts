// host.json, with Azure's defaults, and the environment's `AzureFunctionsJobHost__…` over it.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { asRecord, readJson, textOf, type Environment } from './settings.ts';
import { parseTimeSpan } from './time-span.ts';

export interface HostJson {
  /** Undefined: functions may run for ever. Default 30 min, func's. */
  readonly functionTimeoutMs: number | undefined;
  readonly http: HttpOptions;
  readonly logLevel: Readonly<Record<string, string>>;
  readonly serviceBus: ServiceBusOptions;
  readonly queues: QueueOptions;
  readonly blobs: BlobOptions;
  readonly eventHubs: EventHubOptions;
  /** May hold %SETTING%. */
  readonly taskHubName: string;
  /** `extensions.durableTask` as it stands. */
  readonly durableTask: Readonly<Record<string, unknown>>;
  /** Settings that stand in host.json, would matter in Azure and do nothing here, by path. */
  readonly ignored: readonly string[];
}

export interface HttpOptions {
  readonly routePrefix: string;
  /** Sent with every answer of a function. */
  readonly customHeaders: Readonly<Record<string, string>>;
  /** So many calls run at once, the others wait. Infinity, as with func, unless it is set. */
  readonly maxConcurrentRequests: number;
  /** So many run or wait; one more is refused by 429. Infinity, as with func, unless it is set. */
  readonly maxOutstandingRequests: number;
}

export interface ServiceBusOptions {
  readonly autoCompleteMessages: boolean;
  readonly maxAutoLockRenewalDurationMs: number;
  readonly maxConcurrentCalls: number;
  readonly maxMessageBatchSize: number;
  /** A function that takes many waits for so many, but no longer than `maxBatchWaitMs` after the first. */
  readonly minMessageBatchSize: number;
  readonly maxBatchWaitMs: number;
  /** Messages that wait here beside those that run. */
  readonly prefetchCount: number;
  readonly maxConcurrentSessions: number;
  readonly maxConcurrentCallsPerSession: number;
  /** After this long without a message a session is given back. Azure's default is the client's try time-out, 60 s. */
  readonly sessionIdleTimeoutMs: number;
}

export interface QueueOptions {
  readonly maxPollingIntervalMs: number;
  /** How long a message that failed stays invisible. */
  readonly visibilityTimeoutMs: number;
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly messageEncoding: 'base64' | 'none';
}

export interface BlobOptions {
  /** Functions of blobs that run at once. Azure's default is 8 a core. */
  readonly maxDegreeOfParallelism: number;
  /** After so many tries a blob is named in the poison queue. */
  readonly poisonBlobThreshold: number;
}

export interface EventHubOptions {
  /** Events one call takes at most, where the function takes many. */
  readonly maxEventBatchSize: number;
  /** So many are waited for, but no longer than `maxWaitMs` after the first. */
  readonly minEventBatchSize: number;
  readonly maxWaitMs: number;
  /** The checkpoint moves after every so many batches. */
  readonly batchCheckpointFrequency: number;
  readonly prefetchCount: number;
  /**
   * How often a host looks which partitions it should read, and how long its claim on one is good for.
   * Differs from Azure: partitions of a hub are shared out every second, and taken over after 10 s, by default; there every 30 s and
   * after 2 min. Here a host starts in a moment, and another takes over within seconds.
   */
  readonly loadBalancingIntervalMs: number;
  readonly ownershipExpirationMs: number;
  /** Where a partition without a checkpoint begins. */
  readonly initialPosition: { readonly offset: string } | { readonly enqueuedOn: Date };
}

/** @throws Error naming host.json and the setting that is wrong */
export function readHostJson(folder: string, environment: Environment): HostJson {
  const path = join(folder, 'host.json');
  if (!existsSync(path)) throw new Error(`There is no ${path}: an app needs one, at least { "version": "2.0" }.`);
  const document = readJson(path);
  if (document['version'] !== '2.0')
    throw new Error(`${path} must say "version": "2.0"; it says ${JSON.stringify(document['version'])}.`);
  try {
    return fromDocument(withOverrides(document, environment));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function fromDocument(document: Record<string, unknown>): HostJson {
  const extensions = asRecord(document['extensions']);
  const durableTask = asRecord(extensions['durableTask']);
  return {
    functionTimeoutMs: functionTimeout(document['functionTimeout']),
    http: httpOptions(asRecord(extensions['http'])),
    logLevel: asRecord(asRecord(document['logging'])['logLevel']) as Record<string, string>,
    serviceBus: serviceBusOptions(reader('extensions.serviceBus', asRecord(extensions['serviceBus']))),
    queues: queueOptions(reader('extensions.queues', asRecord(extensions['queues']))),
    blobs: blobOptions(reader('extensions.blobs', asRecord(extensions['blobs']))),
    eventHubs: eventHubOptions(
      reader('extensions.eventHubs', asRecord(extensions['eventHubs'])),
      asRecord(asRecord(extensions['eventHubs'])['initialOffsetOptions']),
    ),
    taskHubName: textOf(durableTask['hubName'], 'TestHubName'),
    durableTask,
    ignored: withoutEffect.filter((path) => isSet(document, path)),
  };
}

const withoutEffect = [
  'extensions.serviceBus.clientRetryOptions',
  'extensions.serviceBus.transportType',
  'extensions.serviceBus.webProxy',
  'extensions.serviceBus.enableCrossEntityTransactions',
  'extensions.http.dynamicThrottlesEnabled',
  'extensions.http.hsts.isEnabled',
  'extensions.eventHubs.clientRetryOptions',
  'extensions.eventHubs.customEndpointAddress',
  'extensions.eventHubs.transportType',
  'extensions.eventHubs.webProxy',
  'concurrency',
];

/** A zero or false is as good as not said. */
function isSet(document: Record<string, unknown>, path: string): boolean {
  let value: unknown = document;
  for (const name of path.split('.')) value = asRecord(value)[name];
  return Boolean(value);
}

function functionTimeout(value: unknown): number | undefined {
  if (value === '-1') return undefined;
  return value === undefined ? 30 * 60_000 : timeSpan('functionTimeout', value);
}

function httpOptions(section: Readonly<Record<string, unknown>>): HttpOptions {
  const read = reader('extensions.http', section);
  // -1 is Azure's word for no limit.
  const limit = (name: string) =>
    section[name] === undefined || Number(section[name]) === -1 ? Infinity : read.count(name, 0);
  const headers = Object.entries(asRecord(section['customHeaders'])).map(([name, value]) => [name, textOf(value, '')]);
  return {
    routePrefix: read.text('routePrefix', 'api').replace(/^\/+|\/+$/g, ''),
    customHeaders: Object.fromEntries(headers) as Record<string, string>,
    maxConcurrentRequests: limit('maxConcurrentRequests'),
    maxOutstandingRequests: limit('maxOutstandingRequests'),
  };
}

function serviceBusOptions(read: SectionReader): ServiceBusOptions {
  return {
    autoCompleteMessages: read.boolean('autoCompleteMessages', true),
    maxAutoLockRenewalDurationMs: read.durationMs('maxAutoLockRenewalDuration', 5 * 60_000),
    maxConcurrentCalls: read.count('maxConcurrentCalls', 16),
    maxMessageBatchSize: read.count('maxMessageBatchSize', 1000),
    minMessageBatchSize: read.count('minMessageBatchSize', 1),
    maxBatchWaitMs: read.durationMs('maxBatchWaitTime', 30_000),
    prefetchCount: read.count('prefetchCount', 0),
    maxConcurrentSessions: read.count('maxConcurrentSessions', 8),
    maxConcurrentCallsPerSession: read.count('maxConcurrentCallsPerSession', 1),
    sessionIdleTimeoutMs: read.durationMs('sessionIdleTimeout', 60_000),
  };
}

function queueOptions(read: SectionReader): QueueOptions {
  const batchSize = Math.min(read.count('batchSize', 16), 32);
  return {
    maxPollingIntervalMs: read.durationMs('maxPollingInterval', 60_000),
    visibilityTimeoutMs: read.durationMs('visibilityTimeout', 0),
    batchSize,
    newBatchThreshold: read.count('newBatchThreshold', Math.floor(batchSize / 2)),
    maxDequeueCount: read.count('maxDequeueCount', 5),
    messageEncoding: read.text('messageEncoding', 'base64') === 'none' ? 'none' : 'base64',
  };
}

function blobOptions(read: SectionReader): BlobOptions {
  return {
    maxDegreeOfParallelism: Math.max(1, read.count('maxDegreeOfParallelism', 8 * availableParallelism())),
    poisonBlobThreshold: Math.max(1, read.count('poisonBlobThreshold', 5)),
  };
}

function eventHubOptions(read: SectionReader, initialOffset: Readonly<Record<string, unknown>>): EventHubOptions {
  const maxEventBatchSize = Math.max(1, read.count('maxEventBatchSize', 100));
  return {
    maxEventBatchSize,
    minEventBatchSize: Math.min(read.count('minEventBatchSize', 1), maxEventBatchSize),
    maxWaitMs: read.durationMs('maxWaitTime', 60_000),
    batchCheckpointFrequency: read.count('batchCheckpointFrequency', 1),
    prefetchCount: read.count('prefetchCount', 300),
    loadBalancingIntervalMs: read.durationMs('loadBalancingUpdateInterval', 1_000),
    ownershipExpirationMs: read.durationMs('partitionOwnershipExpirationInterval', 10_000),
    initialPosition: initialPosition(initialOffset),
  };
}

function initialPosition({
  type,
  enqueuedTimeUtc,
}: Readonly<Record<string, unknown>>): EventHubOptions['initialPosition'] {
  const path = 'extensions.eventHubs.initialOffsetOptions';
  const kind = textOf(type, 'fromStart').toLowerCase();
  if (kind === 'fromstart') return { offset: '-1' };
  if (kind === 'fromend') return { offset: '@latest' };
  if (kind !== 'fromenqueuedtime')
    throw new Error(`${path}.type must be fromStart, fromEnd or fromEnqueuedTime, not ${JSON.stringify(type)}.`);
  const enqueuedOn = new Date(textOf(enqueuedTimeUtc, ''));
  if (Number.isNaN(enqueuedOn.getTime()))
    throw new Error(`${path}.enqueuedTimeUtc must be a time like "2026-01-01T00:00:00Z".`);
  return { enqueuedOn };
}

interface SectionReader {
  boolean(name: string, byDefault: boolean): boolean;
  count(name: string, byDefault: number): number;
  durationMs(name: string, byDefaultMs: number): number;
  text(name: string, byDefault: string): string;
}

function reader(path: string, section: Readonly<Record<string, unknown>>): SectionReader {
  const numberAt = (name: string, byDefault: number) => {
    const value = Number(section[name] ?? byDefault);
    if (!Number.isInteger(value) || value < 0) throw new Error(`${path}.${name} must be a whole number.`);
    return value;
  };
  return {
    boolean: (name, byDefault) => /^true$/i.test(textOf(section[name], String(byDefault))),
    count: numberAt,
    durationMs: (name, byDefaultMs) =>
      section[name] === undefined ? byDefaultMs : timeSpan(`${path}.${name}`, section[name]),
    text: (name, byDefault) => textOf(section[name], byDefault),
  };
}

function timeSpan(path: string, value: unknown): number {
  const durationMs = typeof value === 'string' ? parseTimeSpan(value) : undefined;
  if (durationMs === undefined)
    throw new Error(`${path} must be a time span like "00:05:00", not ${JSON.stringify(value)}.`);
  return durationMs;
}

/** `AzureFunctionsJobHost__extensions__http__routePrefix=x` sets extensions.http.routePrefix; names ignore case. */
function withOverrides(document: Record<string, unknown>, environment: Environment): Record<string, unknown> {
  const result = structuredClone(document);
  for (const [key, value] of Object.entries(environment)) {
    const [root, ...path] = key.split('__');
    if (root?.toLowerCase() !== 'azurefunctionsjobhost' || path.length === 0) continue;
    let section = result;
    for (const [index, part] of path.entries()) {
      const name = Object.keys(section).find((known) => known.toLowerCase() === part.toLowerCase()) ?? part;
      if (index === path.length - 1) section[name] = value;
      else {
        const inner = { ...asRecord(section[name]) };
        section[name] = inner;
        section = inner;
      }
    }
  }
  return result;
}
