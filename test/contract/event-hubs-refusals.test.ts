// What local Event Hubs refuse, and who may read a partition, in the errors the real SDK makes of it.
import { earliestEventPosition, type SubscribeOptions } from '@azure/event-hubs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, type LocalEventHubs, startEventHubs } from '../support/event-hubs.ts';
import { waitFor } from '../support/wait-for.ts';

const eventHubs = { hubs: [{ name: 'telemetry', properties: { partitionCount: 2 } }] };
const noRetry = { retryOptions: { maxRetries: 0, timeoutInMs: 5000 } };

describe('an event hub', () => {
  let hubs: LocalEventHubs;

  beforeEach(async () => {
    hubs = await startEventHubs({ eventHubs });
  });
  afterEach(() => hubs[Symbol.asyncDispose]());

  const read = (options: SubscribeOptions = {}, group = '$Default', partitionId = '0') =>
    collect(hubs.consumer(group, 'telemetry', noRetry), partitionId, earliestEventPosition, options);
  const firstError = (collected: ReturnType<typeof collect>) => waitFor('an error', () => collected.errors[0]);

  it('refuses a hub that is not there', async () => {
    const error = { code: 'MessagingEntityNotFoundError', message: /'nowhere' could not be found/ };
    const producer = hubs.producer('nowhere', noRetry);
    await expect(producer.sendBatch([{ body: 1 }])).rejects.toMatchObject({ code: error.code });
    await expect(producer.getEventHubProperties()).rejects.toMatchObject({ code: error.code });
    const collected = collect(hubs.consumer('$Default', 'nowhere', noRetry), '0', earliestEventPosition);
    expect(await firstError(collected)).toMatchObject({ code: error.code });
  });

  it('refuses a partition and a consumer group that are not there', async () => {
    const producer = hubs.producer('telemetry', noRetry);
    const outOfRange = { code: 'ArgumentOutOfRangeError' };
    await expect(producer.sendBatch([{ body: 1 }], { partitionId: '2' })).rejects.toMatchObject(outOfRange);
    await expect(producer.getPartitionProperties('2')).rejects.toMatchObject(outOfRange);
    expect(await firstError(read({}, '$Default', '2'))).toMatchObject(outOfRange);
    expect(await firstError(read({}, 'nobody'))).toMatchObject({ code: 'MessagingEntityNotFoundError' });
  });

  it('takes a batch of a megabyte and refuses a larger one', async () => {
    const producer = hubs.producer('telemetry', noRetry);
    const batch = await producer.createBatch();
    expect(batch.maxSizeInBytes).toBe(1024 * 1024);
    expect(batch.tryAdd({ body: Buffer.alloc(1024 * 1024 - 100) })).toBe(true);
    await producer.sendBatch(batch);
    const tooLarge = producer.sendBatch([{ body: Buffer.alloc(1024 * 1024) }]);
    await expect(tooLarge).rejects.toMatchObject({ code: 'MessageTooLargeError' });
    await expect(producer.sendBatch([{ body: 'goes on' }])).resolves.toBeUndefined();
  });

  it('refuses a position behind its last event and a position that is none', async () => {
    const consumer = () => hubs.consumer('$Default', 'telemetry', noRetry);
    const beyond = await firstError(collect(consumer(), '0', { offset: '7' }));
    expect(beyond).toMatchObject({ code: 'ArgumentError' });
    expect(beyond.message).toMatch(/offset '7' is invalid.*Is the checkpoint that of an earlier hub/);
    expect(await firstError(collect(consumer(), '0', { offset: 'x' }))).toMatchObject({ code: 'ArgumentError' });
  });

  it('fault 28: gives a partition to the reader with the higher or an equal owner level, and refuses a lower one', async () => {
    await hubs.producer().sendBatch([{ body: 'a' }], { partitionId: '0' });
    const stolen = { code: 'ReceiverDisconnectedError' };
    const first = read({ ownerLevel: 2 });
    await waitFor('the first to read', () => first.events.length > 0);
    const equal = read({ ownerLevel: 2 });
    expect(await firstError(first)).toMatchObject(stolen);
    await waitFor('the equal one to read', () => equal.events.length > 0);
    expect(await firstError(read({ ownerLevel: 1 }))).toMatchObject(stolen);
    expect(await firstError(read())).toMatchObject(stolen);
    const higher = read({ ownerLevel: 3 });
    expect(await firstError(equal)).toMatchObject(stolen);
    await waitFor('the higher one to read', () => higher.events.length > 0);

    await hubs.producer().sendBatch([{ body: 'b' }], { partitionId: '0' });
    await waitFor('the owner to read on', () => higher.events.length > 1);
    expect([first.events.length, equal.events.length]).toEqual([1, 1]);
    await higher.close();
    const free = read();
    await waitFor('a reader without owner level once the partition is free', () => free.events.length > 1);
  });

  it('lets at most five readers share a partition', async () => {
    await hubs.producer().sendBatch([{ body: 'a' }], { partitionId: '0' });
    const sharing = Array.from({ length: 5 }, () => read());
    await waitFor('all five to read', () => sharing.every(({ events }) => events.length > 0));
    expect(await firstError(read())).toMatchObject({ code: 'QuotaExceededError' });
    const owner = read({ ownerLevel: 1 });
    await waitFor('an owner to read', () => owner.events.length > 0);
    for (const { errors } of sharing) expect(errors[0]).toMatchObject({ code: 'ReceiverDisconnectedError' });
  });
});
