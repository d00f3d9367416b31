// Several configuration files make one broker.
import { describe, expect, it } from 'vitest';
import { parseSources } from '../../../local/topology/broker-topology.ts';
import type { TopologyFile } from '../../../local/topology/topology-file.ts';

const queue = (name: string) => ({ serviceBus: { queues: [{ name }] } });
const hub = (Name: string) => ({
  UserConfig: { NamespaceConfig: [{ Type: 'EventHub', Entities: [{ Name, PartitionCount: '1' }] }] },
});
const parse = (...jsons: unknown[]) => parseSources(jsons.map((json, index) => ({ name: `${index}.json`, json })));

const everything: Required<TopologyFile> = {
  serviceBus: {
    queues: [
      {
        name: 'q',
        properties: {
          status: 'Active',
          lockDuration: 'PT5S',
          maxDeliveryCount: 1,
          requiresSession: false,
          defaultMessageTimeToLive: 'P1D',
          deadLetteringOnMessageExpiration: true,
          forwardTo: 'dead',
          forwardDeadLetteredMessagesTo: 'dead',
          requiresDuplicateDetection: true,
          duplicateDetectionHistoryTimeWindow: 'PT30S',
          maxSizeInMegabytes: 1,
        },
      },
      { name: 'dead' },
    ],
    topics: [
      {
        name: 't',
        properties: { status: 'Active', maxSizeInMegabytes: 1, defaultMessageTimeToLive: 'PT1H' },
        subscriptions: [
          {
            name: 's',
            properties: { deadLetteringOnFilterEvaluationExceptions: false },
            rules: [
              {
                name: 'by-sql',
                properties: {
                  filterType: 'SqlFilter',
                  sqlFilter: { sqlExpression: 'a = 1' },
                  action: { sqlExpression: 'SET b = 2' },
                },
              },
              {
                name: 'by-fields',
                properties: {
                  filterType: 'CorrelationFilter',
                  correlationFilter: { label: 'l', replyToSessionId: 'r', properties: { of: 'ada', size: 2 } },
                },
              },
            ],
          },
        ],
      },
    ],
  },
  eventHubs: {
    hubs: [
      {
        name: 'h',
        properties: { partitionCount: 2, retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: 2 } },
        maxSizeInMegabytes: 1,
        consumerGroups: [{ name: 'g' }],
      },
      { name: 'i', properties: { messageRetentionInDays: 1 } },
    ],
  },
};

describe('the files of a broker', () => {
  it('may have every property their type names', () => {
    const { serviceBus, eventHubs } = parse(everything);
    expect([...serviceBus.queues, ...serviceBus.topics, ...eventHubs.hubs].map(({ name }) => name)).toEqual([
      'q',
      'dead',
      't',
      'h',
      'i',
    ]);
  });

  it('are put together', () => {
    const { serviceBus, eventHubs } = parse(queue('q'), queue('r'), hub('h'));
    expect(serviceBus.queues.map(({ name }) => name)).toEqual(['q', 'r']);
    expect(eventHubs.hubs.map(({ name }) => name)).toEqual(['h']);
  });

  it.each([
    [queue('orders'), queue('Orders')],
    [queue('orders'), hub('orders')],
  ])('%# do not name one entity twice', (one, other) => {
    expect(() => parse(one, other)).toThrow(/two entities named 'orders': one in 0\.json, one in 1\.json\./i);
  });

  it.each([[{}], [[]], ['text'], [null], [{ Queues: [] }]])('are not such as %j', (json) => {
    expect(() => parse(json)).toThrow(
      "0.json is neither a topology.json (it has none of serviceBus, eventHubs, eventGrid, storage) nor an emulator's Config.json (it has no UserConfig).",
    );
  });
});
