// Which message arrives where and which function reads it: from the contracts, infra/topology.json and the functions' sources.
import { globSync, readFileSync } from 'node:fs';
import { allContracts } from '../../../shared/contracts/all.ts';
import type { Contract, Destination } from '../../../shared/contracts/contract.ts';
import * as orderEvents from '../../../shared/contracts/order-events.ts';
import * as orders from '../../../shared/contracts/orders.ts';
import * as videos from '../../../shared/contracts/videos.ts';
import { eventName } from '../../../shared/kernel/cloud-event.ts';
import { hubs, queues, storageQueues, topology } from '../../../shared/kernel/topology.ts';

export type ChannelKind = 'queue' | 'topic' | 'hub' | 'eventGridTopic' | 'storageQueue';

/** One place of infra/topology.json, with every message that comes there, sent or forwarded. */
export interface Channel {
  readonly kind: ChannelKind;
  readonly name: string;
  readonly contracts: readonly Contract[];
}

export interface Reader {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly channel: string;
  /** What it says it takes; undefined for a trigger whose wrapper takes no contracts. */
  readonly takes?: readonly Contract[];
}

export function destinationOf(sentTo: Destination): { readonly kind: ChannelKind; readonly name: string } {
  const [[kind, name] = ['', '']] = Object.entries(sentTo);
  return { kind: kind as ChannelKind, name };
}

interface Rule {
  readonly properties: {
    readonly filterType: string;
    readonly correlationFilter?: { readonly label: string };
    readonly sqlFilter?: { readonly sqlExpression: string };
  };
}

function passes({ properties: { correlationFilter, sqlFilter } }: Rule, label: string): boolean {
  if (correlationFilter !== undefined) return correlationFilter.label === label;
  if (sqlFilter?.sqlExpression === '1=1') return true;
  throw new Error(`this rule is not understood here yet: ${JSON.stringify(sqlFilter)}`);
}

/** The queues that the topic's subscriptions forward this message to. */
function forwardedTo(topic: string, label: string): string[] {
  const subscriptions = topology.serviceBus.topics.find(({ name }) => name === topic)?.subscriptions ?? [];
  return subscriptions
    .filter(({ rules }) => rules.some((rule: Rule) => passes(rule, label)))
    .map(({ properties }) => properties.forwardTo);
}

/** Every place that a message is sent or forwarded to. */
export function channels(contracts: readonly Contract[] = allContracts): Channel[] {
  const found = new Map<string, { kind: ChannelKind; name: string; contracts: Contract[] }>();
  const arrive = (kind: ChannelKind, name: string, contract: Contract): void => {
    const channel = found.get(`${kind} ${name}`) ?? { kind, name, contracts: [] };
    channel.contracts.push(contract);
    found.set(`${kind} ${name}`, channel);
  };
  for (const contract of contracts) {
    const { kind, name } = destinationOf(contract.sentTo);
    arrive(kind, name, contract);
    if (kind !== 'topic') continue;
    for (const queue of forwardedTo(name, eventName(contract.type))) arrive('queue', queue, contract);
  }
  return [...found.values()];
}

const capture = (pattern: RegExp, text: string): string | undefined => pattern.exec(text)?.[1];

const byConstant = (names: Readonly<Record<string, string>>, constant: string | undefined): string | undefined =>
  constant === undefined ? undefined : names[constant];

/** `[orderEvents.PaymentCaptured]` as the contracts it names. */
function contractsNamed(expression: string): Contract[] {
  const roots: Readonly<Record<string, unknown>> = { ...orders, ...orderEvents, ...videos };
  const paths = expression
    .replaceAll(/Object\.values|[()[\]\s]/g, '')
    .split(',')
    .filter((path) => path !== '');
  return paths.flatMap((path) => {
    const [root = '', member] = path.split('.');
    const value = roots[root] as Record<string, Contract> & Contract;
    if (member !== undefined) return value[member] ?? [];
    return value.type === undefined ? Object.values<Contract>(value) : value;
  });
}

function readerOf(text: string): Reader | undefined {
  const name = capture(/app\.\w+\('(\w+)'/, text) ?? '';
  const queue = byConstant(queues, capture(/queueTrigger\(queues\.(\w+)\)/, text));
  if (queue !== undefined) {
    const takes = capture(/(?:contracts|query): ([^\n]+),\n/, text);
    return { name, kind: 'queue', channel: queue, ...(takes === undefined ? {} : { takes: contractsNamed(takes) }) };
  }
  const hub = byConstant(hubs, capture(/hubTrigger\(hubs\.(\w+)/, text));
  if (hub !== undefined) return { name, kind: 'hub', channel: hub };
  const storageQueue = byConstant(storageQueues, capture(/queueName: storageQueues\.(\w+)/, text));
  return storageQueue === undefined ? undefined : { name, kind: 'storageQueue', channel: storageQueue };
}

/** Every function that reads messages, in the order of their files. */
export function readers(): Reader[] {
  const sources = globSync('functions/**/*.ts')
    .toSorted()
    .map((path) => readFileSync(path, 'utf8'));
  const byEventGrid = topology.eventGrid.topics.flatMap(({ name: channel, subscriptions }) =>
    subscriptions.map((subscription): Reader => {
      const types = subscription.properties.filter.includedEventTypes;
      const takes = allContracts.filter(({ type }) => types.includes(type));
      return { name: subscription.function, kind: 'eventGridTopic', channel, takes };
    }),
  );
  return [...sources.flatMap((text) => readerOf(text) ?? []), ...byEventGrid];
}
