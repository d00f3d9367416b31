// Every way of the real SDK to read a local event hub: batches and waiting, prefetch, last-enqueued information, retention.
import { earliestEventPosition, latestEventPosition, type SubscribeOptions } from '@azure/event-hubs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, type LocalEventHubs, readBodies, readEvents, startEventHubs } from '../support/event-hubs.ts';
import { waitFor } from '../support/wait-for.ts';

const hourMs = 3_600_000;
const eventHubs = {
  hubs: [
    { name: 'telemetry', properties: { partitionCount: 2 } },
    {
      name: 'hourly',
      properties: { partitionCount: 1, retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: 1 } },
    },
    { name: 'small', maxSizeInMegabytes: 2, properties: { partitionCount: 1 } },
  ],
};

let hubs: LocalEventHubs;

beforeEach(async () => {
  hubs = await startEventHubs({ eventHubs });
});
afterEach(() => hubs[Symbol.asyncDispose]());

const send = (bodies: readonly unknown[], partitionId = '0', hub = 'telemetry') =>
  hubs.producer(hub).sendBatch(
    bodies.map((body) => ({ body })),
    { partitionId },
  );

/** Sizes of the batches a handler is given, from the earliest event on. */
function batchSizes(options: SubscribeOptions) {
  const sizes: number[] = [];
  const handlers = {
    processEvents: (events: readonly unknown[]) => Promise.resolve(void sizes.push(events.length)),
    processError: () => Promise.resolve(),
  };
  hubs.consumer().subscribe('0', handlers, { startPosition: earliestEventPosition, ...options });
  return sizes;
}

describe('a consumer', () => {
  it.each([undefined, 1, 50])(
    'is given batches of the size it asked for at most, with prefetch %s',
    async (prefetchCount) => {
      await send(Array.from({ length: 23 }, (_, index) => index));
      const sizes = batchSizes({ maxBatchSize: 10, maxWaitTimeInSeconds: 1, ...(prefetchCount && { prefetchCount }) });
      await waitFor('all events', () => sizes.reduce((sum, size) => sum + size, 0) === 23);
      expect(Math.max(...sizes)).toBe(10);
    },
  );

  it('is given an empty batch when nothing came for as long as it waits', async () => {
    const sizes = batchSizes({ maxWaitTimeInSeconds: 0.1 });
    await waitFor('two empty batches', () => sizes.length >= 2);
    await send(['a']);
    await waitFor('the event', () => sizes.includes(1));
    expect(new Set(sizes)).toEqual(new Set([0, 1]));
  });

  it('reads every partition from a position of its own', async () => {
    await send(['a', 'b'], '0');
    await send(['c', 'd'], '1');
    const bodies: unknown[] = [];
    hubs.consumer().subscribe(
      {
        processEvents: (events) => Promise.resolve(void bodies.push(...events.map(({ body }) => body as unknown))),
        processError: () => Promise.resolve(),
      },
      {
        startPosition: { '0': { sequenceNumber: 0 }, '1': { sequenceNumber: 1, isInclusive: true } },
        maxWaitTimeInSeconds: 1,
      },
    );
    await waitFor('both', () => bodies.length === 2);
    expect(new Set(bodies)).toEqual(new Set(['b', 'd']));
  });

  it('describes the hub and its partitions as the producer does', async () => {
    await send(['a', 'b'], '1');
    const consumer = hubs.consumer();
    expect(await consumer.getPartitionIds()).toEqual(['0', '1']);
    expect(await consumer.getEventHubProperties()).toEqual(await hubs.producer().getEventHubProperties());
    expect(await consumer.getPartitionProperties('1')).toEqual(await hubs.producer().getPartitionProperties('1'));
    const [, last] = await readEvents(consumer, '1', earliestEventPosition, 2);
    expect(await consumer.getPartitionProperties('1')).toMatchObject({
      lastEnqueuedOffset: last?.offset,
      lastEnqueuedOnUtc: last?.enqueuedTimeUtc,
      isEmpty: false,
    });
  });

  it('shares a partition and a group with others, each reading all of it', async () => {
    await send(['a', 'b']);
    const readers = Array.from({ length: 3 }, () => collect(hubs.consumer(), '0', earliestEventPosition));
    await waitFor('all of them', () => readers.every(({ events }) => events.length === 2));
    expect(readers.map(({ errors }) => errors.length)).toEqual([0, 0, 0]);
  });

  it('at the end gets what is sent from then on', async () => {
    await send(['before']);
    const latest = collect(hubs.consumer(), '0', latestEventPosition);
    const bodies = await waitFor('two events', async () => {
      await send(['after']);
      return latest.events.length > 1 && latest.events.map(({ body }) => body as unknown);
    });
    expect(new Set(bodies)).toEqual(new Set(['after']));
  });
});

describe('retention', () => {
  const firstNumber = async (hub: string) =>
    (await hubs.producer(hub).getPartitionProperties('0')).beginningSequenceNumber;

  it('drops events after the hours its hub keeps them, and readers go on with the first that is left', async () => {
    await send(['old'], '0', 'hourly');
    hubs.clock.advance(hourMs / 2);
    await send(['young'], '0', 'hourly');
    const [old] = await readEvents(hubs.consumer('$Default', 'hourly'), '0', earliestEventPosition, 2);
    hubs.clock.advance(hourMs / 2 + 60_000);
    await waitFor('the old one to go', async () => (await firstNumber('hourly')) === 1);
    const read = (position: Parameters<typeof readBodies>[2]) =>
      readBodies(hubs.consumer('$Default', 'hourly'), '0', position, 1);
    const offset = old?.offset ?? '';
    for (const gone of [earliestEventPosition, { offset, isInclusive: true }, { sequenceNumber: 0, isInclusive: true }])
      expect(await read(gone)).toEqual(['young']);
    expect(await read({ enqueuedOn: new Date(0) })).toEqual(['young']);
  });

  it('drops the oldest events beyond the size its hub keeps, also after a restart, and tells the same offsets', async () => {
    const large = 'x'.repeat(800_000);
    for (const name of ['a', 'b', 'c', 'd']) await send([name + large], '0', 'small');
    const before = await hubs.producer('small').getPartitionProperties('0');
    hubs.clock.advance(60_000);
    await waitFor('two to go', async () => (await firstNumber('small')) === 2);
    await hubs.restart();
    expect(await hubs.producer('small').getPartitionProperties('0')).toEqual({ ...before, beginningSequenceNumber: 2 });
    const left = await readEvents(hubs.consumer('$Default', 'small'), '0', earliestEventPosition, 2);
    expect(left.map(({ body }) => String(body)[0])).toEqual(['c', 'd']);
    expect(left[1]?.offset).toBe(before.lastEnqueuedOffset);
    const next = await readBodies(hubs.consumer('$Default', 'small'), '0', { offset: left[0]?.offset ?? '' }, 1);
    expect(String(next[0])[0]).toBe('d');
  });
});
