import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import topology from '../../infra/topology.json' with { type: 'json' };
import { readBicepFolder } from '../support/bicep.ts';

interface EventSubscription {
  readonly name: string;
  readonly function: string;
  readonly deadLetterContainer: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const { systemTopics, topics } = topology.eventGrid;
const subscriptionsOf = (owners: readonly { readonly subscriptions: readonly EventSubscription[] }[]) =>
  owners.flatMap(({ subscriptions }) => subscriptions);
const subscriptions = [...subscriptionsOf(systemTopics), ...subscriptionsOf(topics)];

const files = await readBicepFolder('infra');
const firstPhase = files.find((file) => file.path === 'infra/app/event-grid.bicep');
const secondPhase = files.find((file) => file.path === 'infra/event-subscriptions.bicep');
const [systemTopicSubscription, topicSubscription] = ['systemTopicSubscription', 'topicSubscription'].map((name) =>
  secondPhase?.resources.find((resource) => resource.name === name),
);

describe('topology.json', () => {
  test('subscribes every Event Grid function of the app, and no other, at most once to a topic', () => {
    const sources = globSync('functions/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    const registered = sources
      .flatMap((source) => [...source.matchAll(/^app\.eventGrid\(\s*'(\w+)'/gm)])
      .map(([, name = '']) => name);
    expect([...new Set(subscriptions.map((one) => one.function))].toSorted()).toEqual(registered.toSorted());
    for (const kind of [systemTopics, topics]) {
      const ofKind = subscriptionsOf(kind).map((one) => one.function);
      expect(new Set(ofKind).size).toBe(ofKind.length);
    }
  });

  test.each(subscriptions)('subscription $name is retried for a day, then left in a blob', (subscription) => {
    expect(subscription.properties['retryPolicy']).toEqual({ maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 });
    expect(topology.storage.containers).toContainEqual({ name: subscription.deadLetterContainer });
  });

  test('tells one function alone of what Event Grid leaves in blobs', () => {
    const filterOf = ({ properties }: EventSubscription) => JSON.stringify(properties['filter']);
    const told = subscriptionsOf(systemTopics).filter((one) => filterOf(one).includes('event-grid-dead-letters'));
    expect(told.map((one) => one.function)).toEqual(['collectLeftBehind']);
    for (const one of subscriptionsOf(systemTopics)) {
      expect(filterOf(one)).toContain('"subjectBeginsWith":"/blobServices/default/containers/');
    }
  });

  test('has one topic of our own, the one the app is told to publish to', () => expect(topics).toHaveLength(1));
});

describe('the second phase', () => {
  test('runs over every subscription of both kinds of topic', () => {
    expect(secondPhase?.variables.get('topology')).toBe("loadJsonContent('topology.json')");
    for (const kind of ['systemTopic', 'topic']) {
      const flattened = `flatten(map(topology.eventGrid.${kind}s, (owner, ownerIndex) => map(owner.subscriptions, item => {`;
      expect(secondPhase?.variables.get(`${kind}Subscriptions`)?.startsWith(flattened)).toBe(true);
    }
    expect(systemTopicSubscription?.loopsOver).toBe('systemTopicSubscriptions');
    expect(topicSubscription?.loopsOver).toBe('topicSubscriptions');
  });

  test('passes on every property that a subscription has in topology.json, and its name', () => {
    const declared = new Set(subscriptions.flatMap(({ properties }) => Object.keys(properties)));
    for (const resource of [systemTopicSubscription, topicSubscription]) {
      const properties = resource?.body.properties.get('properties')?.properties;
      const passed = [...declared].map((name) => properties?.get(name)?.text);
      expect(passed).toEqual([...declared].map((name) => `item.properties.${name}`));
      expect(resource?.body.properties.get('name')?.text).toBe('item.name');
    }
  });

  test('does the same for both kinds of topic: to the function, else to the container, by the identity of the topic', () => {
    const properties = systemTopicSubscription?.body.properties.get('properties')?.text ?? '';
    expect(properties).toBe(topicSubscription?.body.properties.get('properties')?.text);
    expect(properties).toContain("resourceId('Microsoft.Web/sites/functions', functionAppName, item.function)");
    expect(properties).toContain('blobContainerName: item.deadLetterContainer');
  });

  test('finds the topics under the names that the first phase gave them', () => {
    const namesIn = (file: typeof firstPhase) =>
      file?.resources
        .filter(({ type }) => /^Microsoft\.EventGrid\/(systemTopics|topics)@/.test(type))
        .map(({ body }) => body.properties.get('name')?.text);
    expect(namesIn(firstPhase)).toEqual(["'${name}-${item.name}'", "'${name}-${item.name}'"]);
    expect(namesIn(secondPhase)).toEqual(["'${eventGridName}-${item.name}'", "'${eventGridName}-${item.name}'"]);
  });

  test('needs an identity that the first phase gives to every topic', () => {
    const kinds = firstPhase?.resources.map(({ body }) => body.properties.get('identity')?.text);
    expect(kinds).toEqual(["{ type: 'SystemAssigned' }", "{ type: 'SystemAssigned' }"]);
    expect(systemTopicSubscription?.body.text).toContain("identity: { type: 'SystemAssigned' }");
  });
});
