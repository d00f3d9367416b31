// Publishing to and reading from a local event hub by the real SDK.
import { earliestEventPosition, latestEventPosition } from '@azure/event-hubs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, type LocalEventHubs, readBodies, readEvents, startEventHubs } from '../support/event-hubs.ts';
import { waitFor } from '../support/wait-for.ts';

const eventHubs = {
  hubs: [
    { name: 'telemetry', properties: { partitionCount: 4 }, consumerGroups: [{ name: 'aggregation' }] },
    { name: 'single', properties: { partitionCount: 1 } },
  ],
};

describe('an event hub', () => {
  let hubs: LocalEventHubs;

  beforeEach(async () => {
    hubs = await startEventHubs({ eventHubs });
  });
  afterEach(() => hubs[Symbol.asyncDispose]());

  const send = (bodies: readonly unknown[], options: { partitionId?: string; partitionKey?: string } = {}) =>
    hubs.producer().sendBatch(
      bodies.map((body) => ({ body })),
      options,
    );

  it('gives back what was sent, with its place and time', async () => {
    const before = Date.now();
    const event = {
      body: { temperature: 21.5 },
      properties: { unit: 'C', at: new Date(0) },
      contentType: 'application/json',
      correlationId: 'c-1',
      messageId: 'm-1',
    };
    await hubs.producer().sendBatch([event, { body: Buffer.from('second') }], { partitionKey: 'oven-7' });
    const ids = await hubs.producer().getPartitionIds();
    const all = ids.map((id) => collect(hubs.consumer(), id, earliestEventPosition));
    const [first, second] = await waitFor('both events', () => {
      const events = all.flatMap(({ events: found }) => found);
      return events.length === 2 && events;
    });
    expect(first).toMatchObject({ ...event, properties: { unit: 'C', at: 0 } });
    expect(first).toMatchObject({ sequenceNumber: 0, offset: '0', partitionKey: 'oven-7' });
    expect(Number(second?.offset)).toBeGreaterThan(100);
    expect(first?.enqueuedTimeUtc.getTime()).toBeGreaterThanOrEqual(before);
    expect(second).toMatchObject({ sequenceNumber: 1, partitionKey: 'oven-7' });
    expect(Buffer.from(second?.body as Uint8Array).toString()).toBe('second');
  });

  it('describes itself and its partitions', async () => {
    const producer = hubs.producer();
    await send(['a', 'b'], { partitionId: '2' });
    const hub = await producer.getEventHubProperties();
    expect(hub).toMatchObject({ name: 'telemetry', partitionIds: ['0', '1', '2', '3'] });
    expect(hub.createdOn.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(await producer.getPartitionProperties('2')).toMatchObject({
      eventHubName: 'telemetry',
      partitionId: '2',
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: 1,
      lastEnqueuedOffset: expect.stringMatching(/^[1-9]\d+$/),
      isEmpty: false,
    });
    expect(await producer.getPartitionProperties('0')).toMatchObject({
      lastEnqueuedSequenceNumber: -1,
      lastEnqueuedOffset: '-1',
      isEmpty: true,
    });
  });

  it('reads from every position', async () => {
    await send(['a', 'b'], { partitionId: '1' });
    hubs.clock.advance(60_000);
    const between = Date.now() + 30_000;
    await send(['c', 'd'], { partitionId: '1' });
    const read = async (position: Parameters<typeof collect>[2], count: number) =>
      (await readBodies(hubs.consumer(), '1', position, count)).join('');
    expect(await read(earliestEventPosition, 4)).toBe('abcd');
    const [, b] = await readEvents(hubs.consumer(), '1', earliestEventPosition, 4);
    const offset = b?.offset ?? '';
    expect(await read({ offset }, 2)).toBe('cd');
    expect(await read({ offset, isInclusive: true }, 3)).toBe('bcd');
    // Inside an event.
    expect(await read({ offset: String(Number(offset) - 1) }, 3)).toBe('bcd');
    expect(await read({ sequenceNumber: 2 }, 1)).toBe('d');
    expect(await read({ sequenceNumber: 2, isInclusive: true }, 2)).toBe('cd');
    expect(await read({ enqueuedOn: between }, 2)).toBe('cd');
    expect(await read({ enqueuedOn: new Date(0) }, 4)).toBe('abcd');
    const latest = collect(hubs.consumer(), '1', latestEventPosition);
    await waitFor('what comes now', async () => {
      await send(['e'], { partitionId: '1' });
      return latest.events.length > 0;
    });
    expect(latest.events.map(({ body }) => body as string).join('')).toMatch(/^e+$/);
  });

  it('gives what has no key to the partitions in turns, and a key to its partition as the cloud does', async () => {
    const producer = hubs.producer();
    for (let index = 0; index < 8; index += 1) await producer.sendBatch([{ body: index }]);
    const properties = await Promise.all(['0', '1', '2', '3'].map((id) => producer.getPartitionProperties(id)));
    expect(properties.map(({ lastEnqueuedSequenceNumber }) => lastEnqueuedSequenceNumber)).toEqual([1, 1, 1, 1]);

    const buffered = hubs.buffered();
    const keys = Array.from({ length: 20 }, (_, index) => `device-${index}`);
    for (const key of keys) await buffered.enqueueEvent({ body: key }, { partitionKey: key });
    await buffered.flush();
    await Promise.all(keys.map((key) => producer.sendBatch([{ body: key }], { partitionKey: key })));
    const places = new Map<string, string[]>();
    for (const id of ['0', '1', '2', '3']) {
      const count = (await producer.getPartitionProperties(id)).lastEnqueuedSequenceNumber + 1;
      for (const body of (await readBodies(hubs.consumer(), id, earliestEventPosition, count)).slice(2))
        places.set(String(body), [...(places.get(String(body)) ?? []), id]);
    }
    // The buffered producer has chosen the partition itself, the other one left it to the hub.
    for (const key of keys) expect(places.get(key)).toEqual([places.get(key)?.[0], places.get(key)?.[0]]);
    expect(new Set(Array.from(places.values(), ([id]) => id)).size).toBeGreaterThan(1);
  });

  it('gives every consumer group all events', async () => {
    await send([1, 2, 3], { partitionId: '0' });
    expect(await readBodies(hubs.consumer('aggregation'), '0', earliestEventPosition, 3)).toEqual([1, 2, 3]);
    expect(await readBodies(hubs.consumer('$Default'), '0', earliestEventPosition, 3)).toEqual([1, 2, 3]);
  });

  it('tells how far the partition is when it is asked to', async () => {
    await send(['a', 'b', 'c'], { partitionId: '3' });
    let last: unknown;
    const subscription = hubs.consumer().subscribe(
      '3',
      {
        processEvents: (_events, context) => {
          last = context.lastEnqueuedEventProperties;
          return Promise.resolve();
        },
        processError: () => Promise.resolve(),
      },
      { startPosition: earliestEventPosition, maxBatchSize: 1, trackLastEnqueuedEventProperties: true },
    );
    await waitFor('the last event to be told of', () => last);
    const { lastEnqueuedOffset } = await hubs.producer().getPartitionProperties('3');
    expect(last).toMatchObject({ sequenceNumber: 2, offset: lastEnqueuedOffset, enqueuedOn: expect.any(Date) });
    await subscription.close();
  });

  it('gives a slow reader a long backlog in order, from memory and from the store', async () => {
    const large = 'x'.repeat(20_000);
    const producer = hubs.producer('single');
    for (let batch = 0; batch < 8; batch += 1)
      await producer.sendBatch(Array.from({ length: 40 }, (_, index) => ({ body: `${batch * 40 + index} ${large}` })));
    const bodies = await readBodies(hubs.consumer('$Default', 'single'), '0', earliestEventPosition, 320);
    expect(bodies.map((body) => Number.parseInt(String(body), 10))).toEqual(Array.from({ length: 320 }, (_, at) => at));
  });

  it('drops what is older than it keeps, and goes on with the numbers', async () => {
    await send(['old', 'older'], { partitionId: '0' });
    hubs.clock.advance(7 * 86_400_000 + 60_000);
    const producer = hubs.producer();
    await waitFor('the old events to go', async () => (await producer.getPartitionProperties('0')).isEmpty);
    await send(['new'], { partitionId: '0' });
    expect(await producer.getPartitionProperties('0')).toMatchObject({
      beginningSequenceNumber: 2,
      lastEnqueuedSequenceNumber: 2,
      isEmpty: false,
    });
    expect(await readBodies(hubs.consumer(), '0', { offset: '0' }, 1)).toEqual(['new']);
  });
});
