// Reading a topology file: Azure's defaults, and errors that name the place.
import { describe, expect, it } from 'vitest';
import { parseTopology, readTopology } from '../../../local/topology.ts';
import { durationMs } from '../../../local/topology/duration.ts';

const queueWith = (properties: unknown) => ({ serviceBus: { queues: [{ name: 'q', properties }] } });
const hubWith = (hub: object) => ({ eventHubs: { hubs: [{ name: 'h', ...hub }] } });
const subscriptionWith = (subscription: object) => ({
  eventGrid: { systemTopics: [{ name: 'storage', subscriptions: [{ name: 's', function: 'f', ...subscription }] }] },
});
const filterWith = (filter: object) => subscriptionWith({ properties: { filter: { advancedFilters: [filter] } } });
const inFilter = 'f: eventGrid.systemTopics[0].subscriptions[0].properties.filter.advancedFilters[0]';

describe('a topology', () => {
  it('fills in what Azure fills in', () => {
    const { serviceBus } = parseTopology({ serviceBus: { queues: [{ name: 'q' }] } });
    expect(serviceBus.queues).toEqual([
      {
        name: 'q',
        lockDurationMs: 60_000,
        maxDeliveryCount: 10,
        requiresSession: false,
        defaultTtlMs: undefined,
        deadLetteringOnMessageExpiration: false,
        forwardTo: undefined,
        forwardDeadLetteredMessagesTo: undefined,
        duplicateDetectionWindowMs: undefined,
        maxSizeBytes: 1024 ** 3,
        status: 'Active',
      },
    ]);
  });

  it('gives a subscription without rules the rule that takes everything', () => {
    const { serviceBus } = parseTopology({ serviceBus: { topics: [{ name: 't', subscriptions: [{ name: 's' }] }] } });
    expect(serviceBus.topics[0]?.subscriptions[0]?.rules).toEqual([{ name: '$Default', filter: { kind: 'true' } }]);
  });

  it('passes the names of storage entities on', () => {
    const storage = { containers: [{ name: 'c' }], queues: [{ name: 'q' }], tables: [{ name: 't' }] };
    expect(parseTopology({ storage }).storage).toEqual({ containers: ['c'], queues: ['q'], tables: ['t'] });
  });

  it('fills in what Azure fills in for an event hub', () => {
    const { hubs } = parseTopology(hubWith({ consumerGroups: [{ name: 'archive' }] })).eventHubs;
    const retentionMs = 7 * 86_400_000;
    expect(hubs).toEqual([
      { name: 'h', partitionCount: 4, retentionMs, retentionBytes: 1024 ** 3, consumerGroups: ['$Default', 'archive'] },
    ]);
  });

  it('fills in what Azure fills in for an event subscription', () => {
    const { systemTopics, topics } = parseTopology(subscriptionWith({})).eventGrid;
    expect(topics).toEqual([]);
    expect(systemTopics[0]?.subscriptions).toEqual([
      {
        name: 's',
        destination: { kind: 'function', functionName: 'f' },
        deliverySchema: 'EventGridSchema',
        filter: {
          includedEventTypes: undefined,
          subjectBeginsWith: '',
          subjectEndsWith: '',
          isSubjectCaseSensitive: false,
          advancedFilters: [],
        },
        deadLetterContainer: undefined,
        maxDeliveryAttempts: 30,
        timeToLiveMs: 86_400_000,
      },
    ]);
  });

  it('delivers what comes in as cloud events as cloud events, to a webhook too', () => {
    const subscription = { name: 's', endpoint: 'http://127.0.0.1:7071/hook' };
    const topic = { name: 't', properties: { inputSchema: 'CloudEventSchemaV1_0' }, subscriptions: [subscription] };
    const [read] = parseTopology({ eventGrid: { topics: [topic] } }).eventGrid.topics;
    expect(read?.subscriptions[0]).toMatchObject({
      destination: { kind: 'webhook', url: subscription.endpoint },
      deliverySchema: 'CloudEventSchemaV1_0',
    });
  });

  it.each([
    { operatorType: 'NumberIn', key: 'data.a', values: [1, 2] },
    { operatorType: 'NumberInRange', key: 'data.a', values: [[1, 2]] },
    { operatorType: 'NumberLessThan', key: 'data.a', value: 1 },
    { operatorType: 'BoolEquals', key: 'data.a', value: false },
    { operatorType: 'StringNotContains', key: 'subject', values: ['x'] },
    { operatorType: 'IsNotNull', key: 'data.a' },
  ])('reads the advanced filter $operatorType', (filter) => {
    const [topic] = parseTopology(filterWith(filter)).eventGrid.systemTopics;
    expect(topic?.subscriptions[0]?.filter.advancedFilters).toEqual([filter]);
  });

  it("reads the application's own", async () => {
    const topology = await readTopology('infra/topology.json');
    expect(topology.serviceBus.queues.map(({ name }) => name)).toContain('new-order');
  });

  it.each([
    [{ serviceBuss: {} }, 'f: serviceBuss is not known'],
    [queueWith({ lockDuration: 'PT6M' }), 'f: serviceBus.queues[0].properties.lockDuration must be from 1 to 300'],
    [queueWith({ lockDuration: '5 minutes' }), 'must be an ISO 8601 duration such as PT5M, not "5 minutes"'],
    [queueWith({ lockduration: 'PT5M' }), 'f: serviceBus.queues[0].properties.lockduration is not known'],
    [queueWith({ maxDeliveryCount: 0 }), 'properties.maxDeliveryCount must be a number from 1 to 2000, not 0'],
    [
      queueWith({ status: 'Off' }),
      'properties.status must be Active, Disabled, SendDisabled, ReceiveDisabled, not "Off"',
    ],
    [queueWith({ maxSizeInMegabytes: 0 }), 'properties.maxSizeInMegabytes must be a number from 1 to 81920, not 0'],
    [
      {
        serviceBus: {
          topics: [{ name: 't', subscriptions: [withRule({ ...sql('1=1'), action: { sqlExpression: 'SET' } })] }],
        },
      },
      'f: serviceBus.topics[0].subscriptions[0].rules[0]: Expected a property or a value, found the end in the SQL action',
    ],
    [queueWith({ requiresSession: 'yes' }), 'properties.requiresSession must be true or false, not "yes"'],
    [queueWith({ forwardTo: 'nowhere' }), "f: forwardTo of 'q' must name a queue or topic of this file, not 'nowhere'"],
    [queueWith({ forwardTo: 'q' }), 'round in circles: q → q'],
    [
      queueWith({ requiresSession: true, forwardTo: 'q' }),
      'forwardTo is not allowed on an entity that requires sessions',
    ],
    [{ serviceBus: { queues: [{}] } }, 'f: serviceBus.queues[0].name must be a name, not undefined'],
    [{ serviceBus: { queues: [{ name: 'Q' }, { name: 'q' }] } }, "there are two entities named 'q'"],
    [{ serviceBus: { queues: {} } }, 'f: serviceBus.queues must be a list'],
    [{ storage: { tables: ['orders'] } }, 'f: storage.tables[0] must be an object'],
    [
      { serviceBus: { topics: [{ name: 't', subscriptions: [withRule({ filterType: 'x' })] }] } },
      'SqlFilter or CorrelationFilter',
    ],
    [
      { serviceBus: { topics: [{ name: 't', subscriptions: [withRule(sql('a ='))] }] } },
      'f: serviceBus.topics[0].subscriptions[0].rules[0]: Expected a property or a value, found the end',
    ],
    [
      hubWith({ properties: { partitionCount: 33 } }),
      'hubs[0].properties.partitionCount must be a number from 1 to 32',
    ],
    [hubWith({ properties: { messageRetentionInDays: 0.5 } }), 'messageRetentionInDays must be a number from 1 to 7'],
    [
      hubWith({ properties: { retentionDescription: { retentionTimeInHours: 0 } } }),
      'retentionDescription.retentionTimeInHours must be a number from 1 to 168',
    ],
    [
      hubWith({ properties: { retentionDescription: { cleanupPolicy: 'Compact' } } }),
      'retentionDescription.cleanupPolicy must be "Delete": compaction is not served here',
    ],
    [hubWith({ maxSizeInMegabytes: 0 }), 'hubs[0].maxSizeInMegabytes must be a number from 1 to'],
    [hubWith({ consumerGroups: [{ name: 'a' }, { name: 'A' }] }), "two consumer groups named 'A'"],
    [hubWith({ name: 'a|b' }), 'f: eventHubs.hubs[0].name must be letters, digits'],
    [{ ...queueWith({}), ...hubWith({ name: 'Q' }) }, "f: eventHubs.hubs[0]: there are two entities named 'Q'"],
    [subscriptionWith({ endpoint: 'http://x' }), 'subscriptions[0] must have a function or an endpoint, and not both'],
    [
      subscriptionWith({ function: undefined, endpoint: 'x' }),
      'subscriptions[0].endpoint must be the URL of a webhook',
    ],
    [subscriptionWith({ deadLetterContainer: 'c' }), 'deadLetterContainer must be one of storage.containers, not "c"'],
    [subscriptionWith({ properties: { retryPolicy: { maxDeliveryAttempts: 31 } } }), 'a number from 1 to 30, not 31'],
    [filterWith({ operatorType: 'StringIn', key: 'a', values: [] }), `${inFilter}.values must be a list of strings`],
    [filterWith({ operatorType: 'NumberIn', key: 'a', values: ['1'] }), `${inFilter}.values must be a list of numbers`],
    [filterWith({ operatorType: 'BoolEquals', key: 'a' }), `${inFilter}.value must be true or false, not undefined`],
    [filterWith({ operatorType: 'Like', key: 'a' }), `${inFilter}.operatorType must be one of NumberLessThan, `],
    [filterWith({ operatorType: 'IsNotNull' }), `${inFilter}.key must be a path such as data.api`],
  ])('%# refuses what is wrong, by its place', (json, message) => {
    expect(() => parseTopology(json, 'f')).toThrow(message);
  });

  it('refuses dead letters that come round again over a topic', () => {
    const json = {
      serviceBus: {
        queues: [{ name: 'q', properties: { forwardDeadLetteredMessagesTo: 't' } }],
        topics: [{ name: 't', subscriptions: [{ name: 's', properties: { forwardTo: 'q' } }] }],
      },
    };
    expect(() => parseTopology(json)).toThrow(/circles: q → t → t\/Subscriptions\/s → q/);
  });

  it('refuses more than four hops', () => {
    const queues = Array.from({ length: 6 }, (_, index) => ({
      name: `q${index}`,
      properties: index < 5 ? { forwardTo: `q${index + 1}` } : {},
    }));
    expect(() => parseTopology({ serviceBus: { queues } })).toThrow(/more than 4 hops/);
    expect(() => parseTopology({ serviceBus: { queues: queues.slice(1) } })).not.toThrow();
  });

  it('names the file that is not there', async () => {
    await expect(readTopology('no/such/file.json')).rejects.toThrow(
      'Cannot read no/such/file.json: there is no such file.',
    );
  });

  it.each([
    ['PT5M', 300_000],
    ['P1DT2H3M4.5S', 93_784_500],
    ['P14D', 1_209_600_000],
    ['P', undefined],
    ['PT', undefined],
    ['5M', undefined],
  ])('reads the duration %s', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
});

function withRule(properties: unknown) {
  return { name: 's', rules: [{ name: 'r', properties }] };
}

function sql(sqlExpression: string) {
  return { filterType: 'SqlFilter', sqlFilter: { sqlExpression } };
}
