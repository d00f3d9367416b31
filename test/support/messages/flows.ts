// Which message arrives where and which function reads it: from the contracts, infra/topology.json and the functions' sources.
import { globSync, readFileSync } from 'node:fs';
import { allContracts } from '../../../shared/contracts/all.ts';
import { forwardedTo } from '../../../shared/contracts/by-entity.ts';
import type { Contract, Destination } from '../../../shared/contracts/contract.ts';
import * as imports from '../../../shared/contracts/imports.ts';
import * as orderEvents from '../../../shared/contracts/order-events.ts';
import * as orders from '../../../shared/contracts/orders.ts';
import * as videos from '../../../shared/contracts/videos.ts';
import * as webhooks from '../../../shared/contracts/webhooks.ts';
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

/** What it reads of what comes to its channel. */
export const readBy = ({ takes }: Reader, { contracts }: Channel): Contract[] =>
  contracts.filter((contract) => takes?.includes(contract) ?? true);

interface Place {
  readonly kind: ChannelKind;
  readonly name: string;
}

function toPlace(destination: Destination): Place {
  const [[kind, name] = ['', '']] = Object.entries(destination);
  return { kind: kind as ChannelKind, name };
}

/** Where the message is sent, one or two places. */
export const destinationsOf = ({ sentTo, alsoTo }: Contract): Place[] =>
  [sentTo, ...(alsoTo === undefined ? [] : [alsoTo])].map(toPlace);

/** Every place that a message is sent or forwarded to. */
export function channels(contracts: readonly Contract[] = allContracts): Channel[] {
  const found = new Map<string, { kind: ChannelKind; name: string; contracts: Contract[] }>();
  const arrive = (kind: ChannelKind, name: string, contract: Contract): void => {
    const channel = found.get(`${kind} ${name}`) ?? { kind, name, contracts: [] };
    channel.contracts.push(contract);
    found.set(`${kind} ${name}`, channel);
  };
  for (const contract of contracts) {
    for (const { kind, name } of destinationsOf(contract)) {
      arrive(kind, name, contract);
      if (kind !== 'topic') continue;
      for (const queue of forwardedTo(name, contract)) arrive('queue', queue, contract);
    }
  }
  return [...found.values()];
}

const capture = (pattern: RegExp, text: string): string | undefined => pattern.exec(text)?.[1];

const byConstant = (names: Readonly<Record<string, string>>, constant: string | undefined): string | undefined =>
  constant === undefined ? undefined : names[constant];

/** `[orderEvents.PaymentCaptured]` as the contracts it names. */
function contractsNamed(expression: string): Contract[] {
  const roots: Readonly<Record<string, unknown>> = { ...imports, ...orders, ...orderEvents, ...videos, ...webhooks };
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
  if (hub !== undefined) {
    const takes = capture(/contracts = ([^\n]+);\n/, text);
    return { name, kind: 'hub', channel: hub, ...(takes === undefined ? {} : { takes: contractsNamed(takes) }) };
  }
  const storageQueue = byConstant(storageQueues, capture(/queueName: storageQueues\.(\w+)/, text));
  return storageQueue === undefined ? undefined : { name, kind: 'storageQueue', channel: storageQueue };
}

/** Every function that reads messages, in the order of their files. */
export function readers(): Reader[] {
  const sources = globSync('functions/**/*.ts')
    .toSorted()
    .map((path) => readFileSync(path, 'utf8'));
  const byEventGrid = topology.eventGrid.topics.flatMap(({ name: channel, subscriptions }) =>
    subscriptions.flatMap((subscription): Reader[] => {
      const types = subscription.properties.filter.includedEventTypes;
      const takes = allContracts.filter(({ type }) => types.includes(type));
      // An event of Azure's own that is told again has no contract of ours.
      return takes.length === 0 ? [] : [{ name: subscription.function, kind: 'eventGridTopic', channel, takes }];
    }),
  );
  return [...sources.flatMap((text) => readerOf(text) ?? []), ...byEventGrid];
}
