// Every way of the real SDK to publish to a local event hub: batches, all kinds of body, the buffered producer.
import { earliestEventPosition, type EventData, type OnSendEventsSuccessContext } from '@azure/event-hubs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, type LocalEventHubs, readBodies, startEventHubs } from '../support/event-hubs.ts';
import { waitFor } from '../support/wait-for.ts';

const eventHubs = { hubs: [{ name: 'telemetry', properties: { partitionCount: 4 } }] };
const ids = ['0', '1', '2', '3'];

let hubs: LocalEventHubs;

beforeEach(async () => {
  hubs = await startEventHubs({ eventHubs });
});
afterEach(() => hubs[Symbol.asyncDispose]());

const countIn = async (partitionId: string) =>
  (await hubs.producer().getPartitionProperties(partitionId)).lastEnqueuedSequenceNumber + 1;
const countsOfAll = () => Promise.all(ids.map(countIn));

describe('a producer', () => {
  it('sends an array, a batch, and of nothing nothing', async () => {
    const producer = hubs.producer();
    await producer.sendBatch([{ body: 'a' }, { body: 'b' }], { partitionId: '2' });
    const batch = await producer.createBatch({ partitionId: '2' });
    batch.tryAdd({ body: 'c' });
    await producer.sendBatch(batch);
    await producer.sendBatch([], { partitionId: '2' });
    expect(await readBodies(hubs.consumer(), '2', earliestEventPosition, 3)).toEqual(['a', 'b', 'c']);
    expect(await countsOfAll()).toEqual([0, 0, 3, 0]);
  });

  it('fills a batch to the size it chose, up to a megabyte, and the hub takes it', async () => {
    const producer = hubs.producer();
    const small = await producer.createBatch({ partitionId: '0', maxSizeInBytes: 5000 });
    while (small.tryAdd({ body: 'x'.repeat(90) }));
    expect(small.sizeInBytes).toBeGreaterThan(4800);
    await producer.sendBatch(small);
    const full = await producer.createBatch({ partitionId: '1' });
    while (full.tryAdd({ body: 'x'.repeat(20_000) }));
    await producer.sendBatch(full);
    expect(await countsOfAll()).toEqual([small.count, full.count, 0, 0]);
    await expect(producer.createBatch({ maxSizeInBytes: 2 ** 20 + 1 })).rejects.toThrow(
      'greater than maximum message size',
    );
  });

  it('sends all of a batch with a key to the partition of the key, and takes no partition beside it', async () => {
    const producer = hubs.producer();
    const batch = await producer.createBatch({ partitionKey: 'oven-7' });
    batch.tryAdd({ body: 'a' });
    batch.tryAdd({ body: 'b' });
    await producer.sendBatch(batch);
    await producer.sendBatch([{ body: 'c' }], { partitionKey: 'oven-7' });
    expect(new Set(await countsOfAll())).toEqual(new Set([0, 3]));
    const both = { partitionKey: 'k', partitionId: '0' };
    await expect(producer.createBatch(both)).rejects.toThrow('cannot both be specified');
    await expect(producer.sendBatch([{ body: 1 }], both)).rejects.toThrow('cannot both be specified');
  });

  it.each([
    ['text', 'grüße'],
    ['an object', { nested: [1, { two: null }] }],
    ['a number', 4.5],
    ['a boolean', false],
    ['nothing', null],
    ['an empty text', ''],
  ])('gets %s back as it was', async (_kind, body) => {
    await hubs.producer().sendBatch([{ body }], { partitionId: '0' });
    expect(await readBodies(hubs.consumer(), '0', earliestEventPosition, 1)).toEqual([body]);
  });

  it('gets bytes back byte for byte where the reader does not parse them', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await hubs.producer().sendBatch([{ body: bytes }, { body: Buffer.from('{"a":1}') }], { partitionId: '0' });
    const read = collect(hubs.consumer(), '0', earliestEventPosition, { skipParsingBodyAsJson: true });
    await waitFor('both', () => read.events.length === 2);
    expect(Buffer.compare(read.events[0]?.body as Buffer, bytes)).toBe(0);
    expect(String(read.events[1]?.body)).toBe('{"a":1}');
  });

  it.each([
    ['value', { deep: { list: ['a', 1, true] } }],
    ['sequence', [['a', 1], ['b']]],
    ['data', 'text'],
  ] as const)('sends an AMQP message with a %s body and every property, and gets it back', async (bodyType, body) => {
    const message = {
      body,
      bodyType,
      properties: {
        messageId: 'm-1',
        to: 'kitchen',
        subject: 'reading',
        replyTo: 'back',
        correlationId: 'c-1',
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        groupId: 'g-1',
        groupSequence: 7,
        replyToGroupId: 'g-2',
      },
      applicationProperties: { unit: 'C', count: 3, isHot: true },
      messageAnnotations: { 'x-own': 'kept' },
      header: { durable: true, priority: 3 },
    };
    await hubs.producer().sendBatch([message], { partitionId: '0' });
    const read = collect(hubs.consumer(), '0', earliestEventPosition);
    const event = await waitFor('the event', () => read.events[0]);
    expect(event.body).toEqual(body);
    const raw = event.getRawAmqpMessage();
    expect(raw.bodyType).toBe(bodyType);
    expect(raw).toMatchObject({
      properties: message.properties,
      applicationProperties: message.applicationProperties,
      messageAnnotations: { 'x-own': 'kept', 'x-opt-sequence-number': 0 },
      header: { durable: true, priority: 3 },
    });
    expect(event.systemProperties).toMatchObject({ 'x-own': 'kept', subject: 'reading', groupSequence: 7 });
  });

  it.each([
    ['a text', 'c-1', 'm-1'],
    ['a number', 12, 34],
    ['bytes', Buffer.alloc(16, 'c'), Buffer.alloc(16, 'm')],
  ])('gets ids of %s back', async (_kind, correlationId, messageId) => {
    await hubs.producer().sendBatch([{ body: 1, correlationId, messageId }], { partitionId: '0' });
    const read = collect(hubs.consumer(), '0', earliestEventPosition);
    const event = await waitFor('the event', () => read.events[0]);
    expect([event.correlationId, event.messageId]).toEqual([correlationId, messageId]);
  });
});

describe('a buffered producer', () => {
  const events = (count: number): EventData[] => Array.from({ length: count }, (_, index) => ({ body: index }));

  it('sends what it holds when it has waited long enough, and says what went where', async () => {
    const sent: OnSendEventsSuccessContext[] = [];
    const producer = hubs.buffered({
      maxWaitTimeInMs: 30,
      onSendEventsSuccessHandler: (context) => void sent.push(context),
    });
    await producer.enqueueEvents(events(3), { partitionId: '1' });
    await waitFor('the events to be sent', () => sent.length > 0);
    expect(sent.flatMap((context) => context.events.map(({ body }) => body as unknown))).toEqual([0, 1, 2]);
    expect(sent[0]?.partitionId).toBe('1');
    expect(await countsOfAll()).toEqual([0, 3, 0, 0]);
  });

  it('has sent all when it is flushed or closed', async () => {
    const producer = hubs.buffered({ maxWaitTimeInMs: 60_000, maxEventBufferLengthPerPartition: 5 });
    for (const event of events(5)) await producer.enqueueEvent(event, { partitionId: '0' });
    await producer.flush();
    expect(await countIn('0')).toBe(5);
    const closing = hubs.buffered({ maxWaitTimeInMs: 50 });
    await closing.enqueueEvents(events(2), { partitionId: '3' });
    await closing.close();
    expect(await countIn('3')).toBe(2);
  });

  it('spreads what has neither key nor partition, and describes the hub', async () => {
    const producer = hubs.buffered();
    await producer.enqueueEvents(events(8));
    await producer.flush();
    expect(await countsOfAll()).toEqual([2, 2, 2, 2]);
    expect(await producer.getPartitionIds()).toEqual(ids);
    expect(await producer.getEventHubProperties()).toMatchObject({ name: 'telemetry', partitionIds: ids });
    expect(await producer.getPartitionProperties('3')).toMatchObject({ lastEnqueuedSequenceNumber: 1 });
  });

  it('waits for room and loses nothing when more is given than it may hold', async () => {
    const producer = hubs.buffered({ maxWaitTimeInMs: 20, maxEventBufferLengthPerPartition: 10 });
    for (const event of events(100)) await producer.enqueueEvent(event, { partitionId: '2' });
    await producer.flush();
    const bodies = await readBodies(hubs.consumer(), '2', earliestEventPosition, 100);
    expect(bodies).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });
});
