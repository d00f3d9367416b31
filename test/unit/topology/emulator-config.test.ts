// Reading the configuration files of the official emulators.
import { describe, expect, it } from 'vitest';
import { parseTopology } from '../../../local/topology.ts';
import { parseEmulatorConfig } from '../../../local/topology/emulator-config.ts';

const inNamespace = (...namespaces: object[]) => ({
  UserConfig: { Namespaces: namespaces, Logging: { Type: 'Console' } },
});
const inHubs = (...entities: object[]) => ({
  UserConfig: { NamespaceConfig: [{ Type: 'EventHub', Name: 'emulatorNs1', Entities: entities }] },
});
const withQueue = (Properties: unknown) => inNamespace({ Queues: [{ Name: 'q', Properties }] });
const withRule = (Properties: unknown) =>
  inNamespace({ Topics: [{ Name: 't', Subscriptions: [{ Name: 's', Rules: [{ Name: 'r', Properties }] }] }] });
const ruleOf = (json: object) => parseEmulatorConfig(json, 'f').serviceBus.topics[0]?.subscriptions[0]?.rules[0];

describe('a configuration of the Service Bus emulator', () => {
  it('means what the same words mean in a topology', () => {
    const delivery = {
      lockDuration: 'PT5S',
      maxDeliveryCount: 7,
      requiresSession: true,
      defaultMessageTimeToLive: 'PT5M',
      deadLetteringOnMessageExpiration: true,
      forwardDeadLetteredMessagesTo: 'dead',
    };
    const duplicates = { requiresDuplicateDetection: true, duplicateDetectionHistoryTimeWindow: 'PT30S' };
    const topicProperties = { defaultMessageTimeToLive: 'PT10M', ...duplicates };
    const subscriptions = [{ name: 's', properties: delivery }];
    const written = {
      queues: [
        { name: 'q', properties: { ...delivery, ...duplicates } },
        { name: 'dead', properties: { defaultMessageTimeToLive: 'PT1H', maxDeliveryCount: 3 } },
      ],
      topics: [{ name: 't', properties: topicProperties, subscriptions }],
    };
    const capitalised = JSON.stringify(written).replaceAll(
      /"(\w)(\w*)":/g,
      (_, first, rest) => `"${first.toUpperCase()}${rest}":`,
    );
    const read = parseEmulatorConfig(inNamespace(JSON.parse(capitalised) as object), 'f');
    expect(read.serviceBus).toEqual(parseTopology({ serviceBus: written }).serviceBus);
  });

  it("fills in the emulator's defaults", () => {
    const [queue] = parseEmulatorConfig(withQueue({ RequiresDuplicateDetection: true }), 'f').serviceBus.queues;
    expect(queue).toMatchObject({
      lockDurationMs: 60_000,
      maxDeliveryCount: 3,
      defaultTtlMs: 3_600_000,
      duplicateDetectionWindowMs: 20_000,
    });
  });

  it("takes what lies beyond the emulator's quotas", () => {
    const properties = { MaxDeliveryCount: 100, DefaultMessageTimeToLive: 'P14D' };
    const [queue] = parseEmulatorConfig(withQueue(properties), 'f').serviceBus.queues;
    expect(queue).toMatchObject({ maxDeliveryCount: 100, defaultTtlMs: 14 * 86_400_000 });
  });

  it.each([{ ForwardTo: '', ForwardDeadLetteredMessagesTo: '' }, { ForwardTo: null }])(
    'forwards nothing with %j',
    (properties) => {
      const [queue] = parseEmulatorConfig(withQueue(properties), 'f').serviceBus.queues;
      expect(queue).toMatchObject({ forwardTo: undefined, forwardDeadLetteredMessagesTo: undefined });
    },
  );

  it('takes a rule by SQL with its action', () => {
    const sql = { FilterType: 'Sql', SqlFilter: { SqlExpression: 'a = 1' }, CorrelationFilter: null };
    const rule = ruleOf(withRule({ ...sql, Action: { SqlExpression: 'SET b = 2' } }));
    expect(rule).toMatchObject({ name: 'r', filter: { kind: 'sql', expression: 'a = 1' }, action: 'SET b = 2' });
  });

  it('takes a rule by fields and leaves the names of application properties as they are', () => {
    const properties = {
      FilterType: 'Correlation',
      CorrelationFilter: {
        Label: 'l',
        MessageId: 'm',
        ReplyToSessionId: 'r',
        Properties: { customerId: 'ada', Size: 2 },
      },
    };
    expect(ruleOf(withRule(properties))?.filter).toMatchObject({
      kind: 'correlation',
      subject: 'l',
      messageId: 'm',
      replyToSessionId: 'r',
      properties: { customerId: 'ada', Size: 2 },
    });
  });

  it('puts the entities of several namespaces side by side', () => {
    const { serviceBus } = parseEmulatorConfig(
      inNamespace({ Name: 'a', Queues: [{ Name: 'q' }] }, { Queues: [{ Name: 'r' }] }),
      'f',
    );
    expect(serviceBus.queues.map(({ name }) => name)).toEqual(['q', 'r']);
  });

  it.each([
    [{ UserConfig: {} }, 'f: UserConfig has neither Namespaces (the Service Bus emulator) nor NamespaceConfig'],
    [
      withQueue({ LockDurationMs: 5 }),
      'f: UserConfig.Namespaces[0].Queues[0].Properties.LockDurationMs is not known. Known are: ',
    ],
    [withQueue({ lockDuration: 'PT5S' }), 'Queues[0].Properties.lockDuration is not known'],
    [
      withQueue({ LockDuration: 'PT6M' }),
      'f: UserConfig.Namespaces[0].Queues[0].Properties.LockDuration must be from 1 to 300 seconds long, not "PT6M"',
    ],
    [
      withRule({ FilterType: 'SqlFilter' }),
      'Rules[0].Properties.FilterType must be Sql or Correlation, not "SqlFilter"',
    ],
    [withQueue({ ForwardTo: 'nowhere' }), "f: forwardTo of 'q' must name a queue or topic of this file, not 'nowhere'"],
    [inNamespace({ Queues: [{ Name: 'q' }] }, { Queues: [{ Name: 'Q' }] }), "f: there are two entities named 'Q'"],
  ])('%# is refused by its place', (json, message) => {
    expect(() => parseEmulatorConfig(json, 'f')).toThrow(message);
  });
});

describe('a configuration of the Event Hubs emulator', () => {
  it.each(['2', 2])('takes a partition count of %j', (PartitionCount) => {
    const json = inHubs({ Name: 'eh1', PartitionCount, ConsumerGroups: [{ Name: 'cg1' }] });
    expect(parseEmulatorConfig(json, 'f').eventHubs.hubs).toMatchObject([
      { name: 'eh1', partitionCount: 2, retentionMs: 3_600_000, consumerGroups: ['$Default', 'cg1'] },
    ]);
  });

  it.each([
    [inHubs({ Name: 'eh1' }), 'Entities[0].PartitionCount must be a number from 1 to 32, not undefined'],
    [inHubs({ Name: 'eh1', PartitionCount: '' }), 'PartitionCount must be a number from 1 to 32, not ""'],
    [inHubs({ Name: 'eh1', PartitionCount: '33' }), 'PartitionCount must be a number from 1 to 32, not "33"'],
    [inHubs({ Name: 'a/b', PartitionCount: '1' }), 'f: UserConfig.NamespaceConfig[0].Entities[0].Name must be letters'],
    [
      { UserConfig: { NamespaceConfig: [{ Type: 'Kafka' }] } },
      'f: UserConfig.NamespaceConfig[0].Type must be "EventHub", not "Kafka"',
    ],
  ])('%# is refused by its place', (json, message) => {
    expect(() => parseEmulatorConfig(json, 'f')).toThrow(message);
  });
});
