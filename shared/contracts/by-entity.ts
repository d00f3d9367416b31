// Which messages a place takes: what is sent there, and what the subscriptions of a topic forward there by their rules.
import { eventName } from '../kernel/cloud-event.ts';
import { topology } from '../kernel/topology.ts';
import { allContracts } from './all.ts';
import type { Contract } from './contract.ts';

interface Rule {
  readonly properties: {
    readonly correlationFilter?: { readonly label: string };
    readonly sqlFilter?: { readonly sqlExpression: string };
  };
}

function passes({ properties: { correlationFilter, sqlFilter } }: Rule, label: string): boolean {
  if (correlationFilter !== undefined) return correlationFilter.label === label;
  const { sqlExpression = '' } = sqlFilter ?? {};
  if (sqlExpression === '1=1') return true;
  // Some of these messages have a session, others have none.
  const ofSession = /^sys\.Label = '(\w+)' AND sys\.SessionId IS NOT NULL$/.exec(sqlExpression)?.[1];
  if (ofSession !== undefined) return ofSession === label;
  throw new Error(`this rule is not understood here yet: ${JSON.stringify(sqlFilter)}`);
}

const subscriptions = topology.serviceBus.topics.flatMap(({ name: topic, subscriptions: own }) =>
  own.map(({ name, properties, rules }) => ({
    topic,
    path: `${topic}/subscriptions/${name}`,
    queue: properties.forwardTo,
    takes: (contract: Contract) => rules.some((rule: Rule) => passes(rule, eventName(contract.type))),
  })),
);

const goesTo = ({ sentTo, alsoTo = sentTo }: Contract, kind: string, name: string): boolean =>
  [sentTo, alsoTo].some((destination) => Object.entries(destination).some(([at, to]) => at === kind && to === name));

/** The queues that the topic's subscriptions forward this message to. */
export const forwardedTo = (topic: string, contract: Contract): readonly string[] =>
  subscriptions.filter((one) => one.topic === topic && one.takes(contract)).map(({ queue }) => queue);

const ofTopic = (topic: string): readonly Contract[] =>
  allContracts.filter((contract) => goesTo(contract, 'topic', topic));

/**
 * What `entity` takes: a queue, a subscription (`<topic>/Subscriptions/<name>`), `hub/<name>` or `event-grid/<function>`. Empty for
 * what has no contract of ours: an event of Storage, the input of an orchestration.
 */
export function contractsOf(entity: string): readonly Contract[] {
  const [place = '', name = ''] = entity.split('/');
  if (place === 'hub') return allContracts.filter((contract) => goesTo(contract, 'hub', name));
  if (place === 'event-grid') {
    const types: readonly string[] = topology.eventGrid.topics
      .flatMap((topic) => topic.subscriptions)
      .filter((subscription) => subscription.function === name)
      .flatMap(({ properties }) => properties.filter.includedEventTypes);
    return allContracts.filter(({ type }) => types.includes(type));
  }
  const path = entity.toLowerCase();
  const forwarded = subscriptions
    .filter((one) => one.queue === entity || one.path === path)
    .flatMap(({ topic, takes }) => ofTopic(topic).filter(takes));
  return [...new Set([...allContracts.filter((contract) => goesTo(contract, 'queue', entity)), ...forwarded])];
}
