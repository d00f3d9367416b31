import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCheckpointStore, newOwnerId } from '../../local/host/event-hub/checkpoint-store.ts';
import { startLocalStorage, type LocalStorage } from './support/local-storage.ts';

const partition = { fullyQualifiedNamespace: 'localhost', eventHubName: 'Hub', consumerGroup: 'Group' };
const place = [partition.fullyQualifiedNamespace, partition.eventHubName, partition.consumerGroup] as const;

let storage: LocalStorage;
let container: ContainerClient;
const lost: string[] = [];

beforeAll(async () => {
  storage = await startLocalStorage([]);
});
afterAll(() => storage.close());
beforeEach(async () => {
  container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient(randomUUID());
  await container.create();
  lost.length = 0;
});

const storeOf = (ownerId: string, reads: readonly string[] = []) =>
  createCheckpointStore(container, {
    ownershipExpirationMs: 10_000,
    ownerId,
    reads: (partitionId) => reads.includes(partitionId),
    onLost: (partitionId) => lost.push(partitionId),
  });
const checkpoint = (sequenceNumber: number) => ({
  ...partition,
  partitionId: '0',
  sequenceNumber,
  offset: String(sequenceNumber * 10),
});
const stored = async () => {
  const [first] = await new BlobCheckpointStore(container).listCheckpoints(...place);
  return first?.sequenceNumber;
};
const claim = async (ownerId: string, etag?: string) => {
  const [claimed] = await storeOf(ownerId).claimOwnership([
    { ...partition, partitionId: '0', ownerId, ...(etag !== undefined && { etag }) },
  ]);
  return claimed?.etag;
};
const ownerSeenBy = async (ownerId: string, reads: readonly string[] = []) => {
  const [ownership] = await storeOf(ownerId, reads).listOwnership(...place);
  return ownership?.ownerId;
};

describe('a checkpoint', () => {
  it("is where the SDK's own store looks for it", async () => {
    await storeOf('a').updateCheckpoint(checkpoint(7));
    expect(await new BlobCheckpointStore(container).listCheckpoints(...place)).toMatchObject([
      { partitionId: '0', sequenceNumber: 7, offset: '70' },
    ]);
  });

  it('moves forward, written by the same consumer or another', async () => {
    const [one, other] = [storeOf('a'), storeOf('b')];
    await one.updateCheckpoint(checkpoint(1));
    await one.updateCheckpoint(checkpoint(2));
    await other.updateCheckpoint(checkpoint(3));
    await one.updateCheckpoint(checkpoint(4));
    expect(await stored()).toBe(4);
  });

  it('never moves back: the write of an owner that has fallen behind changes nothing', async () => {
    const [stale, owner] = [storeOf('a'), storeOf('b')];
    await stale.updateCheckpoint(checkpoint(1));
    await owner.updateCheckpoint(checkpoint(9));
    await stale.updateCheckpoint(checkpoint(5));
    expect(await stored()).toBe(9);
  });

  it('ends at the furthest of many written at once', async () => {
    const writes = [3, 8, 5].map((sequenceNumber) =>
      storeOf(`${sequenceNumber}`).updateCheckpoint(checkpoint(sequenceNumber)),
    );
    await Promise.all(writes);
    expect(await stored()).toBe(8);
  });

  it('is written anew where somebody deleted it', async () => {
    const store = storeOf('a');
    await store.updateCheckpoint(checkpoint(5));
    await container.deleteBlob('localhost/hub/group/checkpoint/0');
    await store.updateCheckpoint(checkpoint(6));
    expect(await stored()).toBe(6);
  });
});

describe('the owner of a partition', () => {
  it('is seen as it is while it lives', async () => {
    const owner = newOwnerId();
    await claim(owner);
    expect(await ownerSeenBy(newOwnerId())).toBe(owner);
  });

  it('is gone at once when its process has died', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    await claim(`${pid}-${randomUUID()}`);
    expect(await ownerSeenBy(newOwnerId())).toBe('');
  });

  it('is gone when it is this consumer and reads the partition no more', async () => {
    const owner = newOwnerId();
    await claim(owner);
    expect(await ownerSeenBy(owner, ['0'])).toBe(owner);
    expect(await ownerSeenBy(owner, [])).toBe('');
  });

  it('tells the consumer that reads it still when it is another', async () => {
    await claim(newOwnerId());
    await ownerSeenBy(newOwnerId(), ['0']);
    expect(lost).toEqual(['0']);
  });

  it('is one of two that claim it at once', async () => {
    const etag = await claim(newOwnerId());
    const claimed = await Promise.all([claim(newOwnerId(), etag), claim(newOwnerId(), etag)]);
    expect(claimed.filter((each) => each !== undefined)).toHaveLength(1);
  });

  it('does not write a claim that is fresh again', async () => {
    const ownerId = newOwnerId();
    const store = storeOf(ownerId, ['0']);
    const [first] = await store.claimOwnership([{ ...partition, partitionId: '0', ownerId }]);
    const [seen] = await store.listOwnership(...place);
    expect(await store.claimOwnership(seen ? [{ ...seen, ownerId }] : [])).toHaveLength(1);
    const [after] = await store.listOwnership(...place);
    expect(after?.etag).toBe(seen?.etag);
    expect(first?.etag).toBe(`"${after?.etag}"`);
  });

  it('can be looked up again in storage that forgot everything', async () => {
    await container.delete();
    await expect(storeOf('a').listOwnership(...place)).rejects.toThrow('fetching the list of blobs');
    expect(await storeOf('a').listOwnership(...place)).toEqual([]);
  });
});
