import { describe, expect, it } from 'vitest';
import { bodyData } from '../../../local/host/body-data.ts';
import { eventMetadata, eventTraceParent, type ReceivedEvent } from '../../../local/host/event-hub/event-metadata.ts';

const partition = {
  fullyQualifiedNamespace: 'localhost',
  eventHubName: 'telemetry',
  consumerGroup: 'aggregation',
  partitionId: '2',
};
const event = (sequenceNumber: number, more: Partial<ReceivedEvent> = {}): ReceivedEvent => ({
  body: Buffer.from(String(sequenceNumber)),
  sequenceNumber,
  offset: String(sequenceNumber * 100),
  enqueuedTimeUtc: new Date('2026-01-01T00:00:00Z'),
  partitionKey: null,
  ...more,
});
const trigger = (options: object) => ({ name: 't', type: 'eventHubTrigger', direction: 'in' as const, ...options });
const metadata = (events: ReceivedEvent[], cardinality: string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(eventMetadata(events, partition, cardinality)).map(([name, data]) => [
      name,
      JSON.parse((data as { json: string }).json),
    ]),
  );

describe('event data', () => {
  it('is text, or bytes with dataType binary, one or many', () => {
    const events = [event(1), event(2)];
    expect(bodyData(events, trigger({}))).toEqual({ string: '1' });
    expect(bodyData(events, trigger({ dataType: 'binary' }))).toEqual({ bytes: Buffer.from('1') });
    expect(bodyData(events, trigger({ cardinality: 'many' }))).toEqual({ collectionString: { string: ['1', '2'] } });
    expect(bodyData(events, trigger({ cardinality: 'many', dataType: 'binary' }))).toEqual({
      collectionBytes: { bytes: [Buffer.from('1'), Buffer.from('2')] },
    });
  });

  it('writes what was sent as an AMQP value as JSON', () => {
    expect(bodyData([event(1, { body: { a: 1 } })], trigger({}))).toEqual({ string: '{"a":1}' });
  });
});

describe('event metadata', () => {
  it('names the partition and the event', () => {
    const named = metadata([event(7, { partitionKey: 'd1', properties: { unit: 'C' } })], 'one');
    expect(named).toMatchObject({
      PartitionContext: { PartitionId: '2', ConsumerGroup: 'aggregation', EventHubName: 'telemetry' },
      PartitionKey: 'd1',
      Offset: '700',
      SequenceNumber: 7,
      EnqueuedTimeUtc: '2026-01-01T00:00:00.000Z',
      Properties: { unit: 'C' },
    });
  });

  it('is an array of each name with cardinality many, in the order of the events', () => {
    const named = metadata([event(7, { partitionKey: 'd1' }), event(8)], 'many');
    expect(named).toMatchObject({
      PartitionContext: { PartitionId: '2' },
      PartitionKeyArray: ['d1', null],
      OffsetArray: ['700', '800'],
      SequenceNumberArray: [7, 8],
      PropertiesArray: [{}, {}],
    });
  });

  it("gives the message's own properties their AMQP names", () => {
    const { SystemProperties } = metadata([event(7, { systemProperties: { contentType: 'x', 'x-opt-y': 1 } })], 'one');
    expect(SystemProperties).toMatchObject({ 'content-type': 'x', 'x-opt-y': 1, SequenceNumber: 7 });
  });

  it('carries the trace of a single event', () => {
    const traced = event(1, { properties: { 'Diagnostic-Id': 'trace' } });
    expect(eventTraceParent([traced])).toBe('trace');
    expect(eventTraceParent([traced, event(2)])).toBeUndefined();
  });
});
