import { expect, test } from 'vitest';
import { readEvents } from '../../../../../shared/adapters/functions/received-event.ts';

const now = Date.UTC(2030, 0, 1);
const body = Buffer.from('{}');

test('each event has its place in the partition and its time in the hub', () => {
  const metadata = {
    partitionContext: { eventHubName: 'telemetry', consumerGroup: 'aggregation', partitionId: '3' },
    offsetArray: ['1000', '2000'],
    sequenceNumberArray: [10, 11],
    enqueuedTimeUtcArray: ['2029-12-31T23:59:58Z', '2029-12-31T23:59:59.5Z'],
  };
  const place = { consumerGroup: 'aggregation', partition: '3' };
  expect(readEvents([body, Buffer.from('x')], metadata, now)).toEqual([
    { body, ...place, offset: '1000', sequenceNumber: '10', enqueuedAt: now - 2_000 },
    { body: Buffer.from('x'), ...place, offset: '2000', sequenceNumber: '11', enqueuedAt: now - 500 },
  ]);
});

test('a body is bytes, whatever the host made of it', () => {
  const bodies = readEvents(['text', { a: 1 }, null, new Uint8Array([1])], {}, now).map((event) => event.body);
  expect(bodies.map((bytes) => Buffer.from(bytes).toString())).toEqual(['text', '{"a":1}', 'null', '\u0001']);
});

test('without metadata an event is as if it came now', () => {
  expect(readEvents([body], {}, now)).toMatchObject([{ partition: '', offset: '', enqueuedAt: now }]);
});
