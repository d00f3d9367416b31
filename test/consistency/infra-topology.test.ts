import { describe, expect, test } from 'vitest';
import topology from '../../infra/topology.json' with { type: 'json' };
import { containers } from '../../shared/kernel/topology.ts';
import { readBicepFolder } from '../support/bicep.ts';
import { channels, readers } from '../support/messages/flows.ts';

type Properties = Readonly<Record<string, unknown>>;
interface Entity {
  readonly name: string;
  readonly properties: Properties;
}

const files = await readBicepFolder('infra');
const main = files.find((file) => file.path === 'infra/main.bicep');
const messaging = files.find((file) => file.path === 'infra/app/messaging.bicep');
const eventHubs = files.find((file) => file.path === 'infra/app/event-hubs.bicep');

const declaredQueues: readonly Entity[] = topology.serviceBus.queues;
const declaredTopics: readonly Entity[] = topology.serviceBus.topics;
const subscriptions: readonly Entity[] = topology.serviceBus.topics.flatMap((topic) => topic.subscriptions);
const rules: readonly Entity[] = topology.serviceBus.topics.flatMap((topic) =>
  topic.subscriptions.flatMap((subscription): readonly Entity[] => subscription.rules),
);
const hubs: readonly Entity[] = topology.eventHubs.hubs;
const consumerGroups = topology.eventHubs.hubs.flatMap((hub) => hub.consumerGroups);
const eventTopics = Object.values(topology.eventGrid).flat();
const eventSubscriptions = eventTopics.flatMap((topic): readonly { name: string }[] => topic.subscriptions);
const { storage } = topology;

const names = (entities: readonly { readonly name: string }[]) => entities.map(({ name }) => name);
const deadLetters = 'dead-letters';
const working = declaredQueues.filter(({ name }) => name !== deadLetters);
const targets = (entity: Entity) =>
  ['forwardTo', 'forwardDeadLetteredMessagesTo'].flatMap((key) => entity.properties[key] ?? []);

describe('topology.json', () => {
  test.each(working)(
    'queue $name delivers three times, locks for five minutes and folds duplicates',
    ({ properties }) => {
      expect(properties).toMatchObject({
        maxDeliveryCount: 3,
        lockDuration: 'PT5M',
        requiresDuplicateDetection: true,
        forwardDeadLetteredMessagesTo: deadLetters,
      });
    },
  );

  test('dead-letters keeps every dead letter: no duplicate detection, many deliveries, forwarded nowhere', () => {
    const collecting = declaredQueues.find(({ name }) => name === deadLetters);
    expect(collecting?.properties['requiresDuplicateDetection'] ?? false).toBe(false);
    expect(collecting?.properties['maxDeliveryCount']).toBeGreaterThanOrEqual(100);
    expect(collecting && targets(collecting)).toEqual([]);
  });

  test.each(subscriptions)('subscription $name forwards to a working queue', ({ properties }) => {
    expect(properties).toMatchObject({
      maxDeliveryCount: 3,
      lockDuration: 'PT5M',
      forwardDeadLetteredMessagesTo: deadLetters,
    });
    expect(names(working)).toContain(properties['forwardTo']);
  });

  test('a queue that subscriptions forward to has one reader, so that each subscriber is retried and resubmitted alone', () => {
    const forwardedTo = new Set(subscriptions.map(({ properties }) => String(properties['forwardTo'])));
    const reading = readers().filter(({ kind, channel }) => kind === 'queue' && forwardedTo.has(channel));
    expect(reading.map(({ channel }) => channel).toSorted()).toEqual([...forwardedTo].toSorted());
  });

  test('no message comes to a queue by two subscriptions', () => {
    for (const { contracts } of channels()) expect(contracts).toEqual([...new Set(contracts)]);
  });

  test('gives every subscription a rule', () => {
    const silent = topology.serviceBus.topics.flatMap((topic) =>
      topic.subscriptions.filter((one) => one.rules.length === 0),
    );
    expect(silent).toEqual([]);
  });

  test('lets no message expire: a forwarded message keeps its time to live and would expire again', () => {
    const mortal = [...declaredQueues, ...declaredTopics, ...subscriptions].filter(
      ({ properties }) => 'defaultMessageTimeToLive' in properties || 'autoDeleteOnIdle' in properties,
    );
    expect(mortal).toEqual([]);
  });

  test.each(hubs)(
    'hub $name has partitions to grow into and keeps events for the week Standard allows, at most',
    (hub) => {
      expect(hub.properties['partitionCount']).toBeGreaterThanOrEqual(4);
      expect(hub.properties['messageRetentionInDays']).toBeLessThanOrEqual(7);
    },
  );

  test('holds no session on new-order: one session an order would mean a handful of orders a minute', () => {
    const newOrder = declaredQueues.find(({ name }) => name === 'new-order');
    expect(newOrder?.properties['requiresSession'] ?? false).toBe(false);
  });
});

describe('Bicep', () => {
  test('reads topology.json once and hands every part of it to a module', () => {
    expect(main?.variables.get('topology')).toBe("loadJsonContent('topology.json')");
    const given = main?.modules.flatMap(({ body }) => [...(body.properties.get('params')?.properties ?? [])]) ?? [];
    const handed = given.filter(([, value]) => value.text.startsWith('topology.'));
    const parts = Object.entries(topology).flatMap(([area, kinds]) =>
      Object.keys(kinds).map((kind) => `${kind}: topology.${area}.${kind}`),
    );
    expect(new Set(handed.map(([name, value]) => `${name}: ${value.text}`))).toEqual(new Set(parts));
  });

  test.each([
    ['Microsoft.ServiceBus/namespaces/queues', ['collectingQueues', 'forwardingQueues']],
    ['Microsoft.ServiceBus/namespaces/topics', ['topics']],
    ['Microsoft.ServiceBus/namespaces/topics/subscriptions', ['subscriptions']],
    ['Microsoft.ServiceBus/namespaces/topics/subscriptions/rules', ['subscriptions', 'rules']],
    ['Microsoft.EventHub/namespaces/eventhubs', ['hubs']],
    ['Microsoft.EventHub/namespaces/eventhubs/consumergroups', ['consumerGroups']],
    ['Microsoft.EventGrid/systemTopics', ['systemTopics']],
    ['Microsoft.EventGrid/topics', ['topics']],
    ['Microsoft.Storage/storageAccounts/blobServices/containers', [undefined, 'containers']],
    ['Microsoft.Storage/storageAccounts/queueServices/queues', ['queues']],
    ['Microsoft.Storage/storageAccounts/tableServices/tables', ['tables']],
  ])('creates %s by looping', (type, loops) => {
    const resources = files.flatMap((file) => file.resources).filter(({ existing }) => !existing);
    const created = resources.filter((resource) => resource.type.startsWith(`${type}@`));
    expect(created.map(({ loopsOver }) => loopsOver)).toEqual(loops);
  });

  test('takes name and properties of every Service Bus entity and hub as they stand', () => {
    const withoutProperties = ['closedDefaultRule', 'consumerGroup'];
    const looped = [messaging, eventHubs]
      .flatMap((file) => file?.resources ?? [])
      .filter(({ loopsOver, name }) => loopsOver && !withoutProperties.includes(name));
    const taken = looped.map(({ body }) => [
      body.properties.get('name')?.text,
      body.properties.get('properties')?.text,
    ]);
    expect(taken).toEqual(looped.map(() => ['item.name', 'item.properties']));
    expect(looped).not.toEqual([]);
  });

  test('creates the queues in two passes that leave none out', () => {
    const collecting = messaging?.variables.get('collectingQueues');
    expect(collecting).toBe("filter(queues, item => !contains(item.properties, 'forwardDeadLetteredMessagesTo'))");
    expect(messaging?.variables.get('forwardingQueues')).toBe(collecting?.replace('!', ''));
    const second = messaging?.resources.find(({ name }) => name === 'forwardingQueue');
    expect(second?.body.properties.get('dependsOn')?.text).toBe('[collectingQueue]');
  });

  test('can create them so: a queue forwards only to queues of the first pass', () => {
    const firstPass = declaredQueues.filter(({ properties }) => !('forwardDeadLetteredMessagesTo' in properties));
    expect(firstPass.flatMap(targets)).toEqual([]);
    expect(names(firstPass)).toEqual(expect.arrayContaining(declaredQueues.flatMap(targets)));
  });

  test('finds the groups of every hub', () => {
    expect(eventHubs?.variables.get('consumerGroups')).toMatch(
      /^flatten\(map\(hubs, \(owner, ownerIndex\) => map\(owner\.consumerGroups, item => \{/,
    );
  });

  test('writes no entity by name, but for the containers whose blobs it deletes with time', () => {
    const entities = [
      ...declaredQueues,
      ...declaredTopics,
      ...subscriptions,
      ...rules,
      ...hubs,
      ...consumerGroups,
      ...eventTopics,
      ...eventSubscriptions,
      ...Object.values(storage).flat(),
    ];
    const texts = files.flatMap((file) => file.texts).filter((text) => !text.endsWith('.bicep'));
    const written = new Set(texts.flatMap((text) => text.split(/[^\w-]+/)));
    const emptied = [containers.incoming, containers.claimChecks, containers.salesImports];
    expect(names(entities).filter((name) => written.has(name))).toEqual(emptied);
    expect(names(storage.containers)).toEqual(expect.arrayContaining(emptied));
  });
});
