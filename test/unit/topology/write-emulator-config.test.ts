// From a topology to the files of the official emulators and back.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTopology } from '../../../local/topology.ts';
import { parseSources } from '../../../local/topology/broker-topology.ts';
import { durationMs, isoDuration } from '../../../local/topology/duration.ts';
import { toEmulatorConfigs } from '../../../local/topology/write-emulator-config.ts';

type Configs = ReturnType<typeof toEmulatorConfigs>;
/** As the emulators would read them: through text. */
const readBack = ({ serviceBus, eventHubs }: Configs) =>
  parseSources(
    [serviceBus, eventHubs].map((json) => ({ name: 'f', json: JSON.parse(JSON.stringify(json)) as unknown })),
  );

const duration = (minSeconds: number, maxSeconds: number) =>
  fc.integer({ min: minSeconds, max: maxSeconds }).map((seconds) => isoDuration(seconds * 1000));
const delivery = {
  lockDuration: duration(5, 300),
  maxDeliveryCount: fc.integer({ min: 1, max: 10 }),
  requiresSession: fc.boolean(),
  defaultMessageTimeToLive: duration(300, 3600),
  deadLetteringOnMessageExpiration: fc.boolean(),
  forwardDeadLetteredMessagesTo: fc.constant('dead-letters'),
};
const duplicates = {
  requiresDuplicateDetection: fc.boolean(),
  duplicateDetectionHistoryTimeWindow: duration(20, 300),
};
/** Any of them may be left out but those with a default beyond what the emulator takes. */
const settingsOf = <T extends object>(settings: { [K in keyof T]: fc.Arbitrary<T[K]> }) => {
  const beyond = ['defaultMessageTimeToLive', 'duplicateDetectionHistoryTimeWindow'];
  return fc.record(settings, { requiredKeys: beyond.filter((key) => key in settings) as never[] });
};
const text = fc.stringMatching(/^[a-z]{1,8}$/);
const filter = fc.oneof(
  fc.record({
    filterType: fc.constant('SqlFilter'),
    sqlFilter: fc.record({ sqlExpression: fc.constantFrom('a = 1', "sys.Label LIKE 'x%'") }),
    action: fc.option(fc.constant({ sqlExpression: 'SET b = 2' }), { nil: undefined }),
  }),
  fc.record({
    filterType: fc.constant('CorrelationFilter'),
    correlationFilter: fc.record(
      {
        label: text,
        correlationId: text,
        to: text,
        sessionId: text,
        properties: fc.dictionary(text, text, { minKeys: 1 }),
      },
      { requiredKeys: ['label'] },
    ),
  }),
);
const named = <T extends object>(prefix: string, entry: fc.Arbitrary<T>) =>
  fc
    .array(entry, { maxLength: 3 })
    .map((entries) => entries.map((one, index) => ({ name: `${prefix}.${index}`, ...one })));

const subscription = fc.record(
  { properties: settingsOf(delivery), rules: named('rule', fc.record({ properties: filter })) },
  { requiredKeys: ['properties'] },
);
const topic = fc.record({
  properties: settingsOf({ defaultMessageTimeToLive: delivery.defaultMessageTimeToLive, ...duplicates }),
  subscriptions: named('subscription', subscription),
});
const hub = fc.record({
  properties: fc.record({ partitionCount: fc.integer({ min: 1, max: 32 }) }),
  consumerGroups: named('group', fc.constant({})),
});
const topology = fc
  .record({
    queues: named('queue', fc.record({ properties: settingsOf({ ...delivery, ...duplicates }) })),
    topics: named('topic', topic),
    hubs: named('hub', hub),
  })
  .map(({ queues, topics, hubs }) => {
    const deadLetters = {
      name: 'dead-letters',
      properties: { maxDeliveryCount: 10, defaultMessageTimeToLive: 'PT1H' },
    };
    const withRules = topics.map((one) => ({
      ...one,
      subscriptions: one.subscriptions.filter(({ rules }) => rules?.length !== 0),
    }));
    return { serviceBus: { queues: [...queues, deadLetters], topics: withRules }, eventHubs: { hubs } };
  });

describe('the configuration for the emulators', () => {
  it('reads back as the same entities when the emulators can have them', () => {
    fc.assert(
      fc.property(topology, (json) => {
        const wanted = parseTopology(json);
        const configs = toEmulatorConfigs(wanted);
        const { serviceBus, eventHubs } = readBack(configs);
        const anHour = wanted.eventHubs.hubs.map((one) => ({ ...one, retentionMs: 3_600_000 }));
        expect(serviceBus).toEqual(wanted.serviceBus);
        expect(eventHubs.hubs).toEqual(anHour);
        expect(configs.changes).toEqual(
          wanted.eventHubs.hubs.length > 0 ? ['An event is kept for an hour there.'] : [],
        );
      }),
      { numRuns: 200 },
    );
  });

  it('says what the emulators cannot have, and gives the most they can', () => {
    const properties = { maxDeliveryCount: 100, requiresDuplicateDetection: true };
    const configs = toEmulatorConfigs(parseTopology({ serviceBus: { queues: [{ name: 'q', properties }] } }));
    expect(configs.changes).toEqual([
      'MaxDeliveryCount of q is 10 there, not 100.',
      'A message lives for an hour at most there.',
      'DuplicateDetectionHistoryTimeWindow of q is PT5M there, not PT10M.',
    ]);
    expect(readBack(configs).serviceBus.queues).toMatchObject([
      { maxDeliveryCount: 10, defaultTtlMs: 3_600_000, duplicateDetectionWindowMs: 300_000 },
    ]);
  });

  it('leaves out the consumer group that every hub has', () => {
    const { eventHubs } = toEmulatorConfigs(parseTopology({ eventHubs: { hubs: [{ name: 'h' }] } }));
    expect(JSON.stringify(eventHubs)).toContain('{"Name":"h","PartitionCount":"4"}');
  });

  it('writes durations that read back as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400 }), (seconds) => {
        expect(durationMs(isoDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
    expect(['PT0S', 'PT90S', 'P1DT1S'].map((iso) => isoDuration(durationMs(iso) ?? NaN))).toEqual([
      'PT0S',
      'PT1M30S',
      'P1DT1S',
    ]);
  });
});
