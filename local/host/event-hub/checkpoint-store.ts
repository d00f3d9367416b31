// Checkpoints and ownership of partitions as blobs, in the layout of the SDK's own store and with it, but: a checkpoint
// never moves back, and an owner that has gone is seen at once.
import type { Checkpoint, CheckpointStore, PartitionOwnership } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import type { BlobGetPropertiesResponse, BlockBlobClient, ContainerClient, RestError } from '@azure/storage-blob';

export interface OwnershipWatch {
  /** This consumer's id, as `newOwnerId` makes them. */
  readonly ownerId: string;
  /** How long a claim is good for. */
  readonly ownershipExpirationMs: number;
  /** True while this consumer reads the partition. */
  readonly reads: (partitionId: string) => boolean;
  /** Somebody else has claimed a partition this consumer reads. */
  readonly onLost: (partitionId: string) => void;
}

/** An owner's id begins with its process. */
export function newOwnerId(): string {
  return `${process.pid}-${crypto.randomUUID()}`;
}

export function createCheckpointStore(container: ContainerClient, watch: OwnershipWatch): CheckpointStore {
  const blobs = new BlobCheckpointStore(container);
  const versions = new Map<string, string>();
  // The SDK renews its claims at every look; one this fresh is not written again.
  const renewAfterMs = watch.ownershipExpirationMs / 3;
  const claims = new Map<string, { readonly etag: string | undefined; readonly atMs: number }>();
  const isFresh = ({ partitionId, etag }: PartitionOwnership): boolean => {
    const claim = claims.get(partitionId);
    return claim !== undefined && claim.etag === unquoted(etag) && performance.now() - claim.atMs < renewAfterMs;
  };
  return {
    listOwnership: async (...args) => {
      const all = await blobs.listOwnership(...args).catch(async (error: unknown) => {
        // Storage that forgets when it dies may have lost the container: the next look finds it.
        await container.createIfNotExists();
        throw error;
      });
      for (const { partitionId, ownerId } of all)
        if (watch.reads(partitionId) && ownerId !== '' && ownerId !== watch.ownerId) watch.onLost(partitionId);
      return all.map((ownership) => (hasGone(ownership, watch) ? { ...ownership, ownerId: '' } : ownership));
    },
    claimOwnership: async (asked, options) => {
      const due = asked.filter((ownership) => ownership.ownerId === '' || !isFresh(ownership));
      const claimed = await blobs.claimOwnership(due, options);
      for (const { partitionId, etag } of claimed)
        claims.set(partitionId, { etag: unquoted(etag), atMs: performance.now() });
      return [...claimed, ...asked.filter((ownership) => !due.includes(ownership))];
    },
    listCheckpoints: (...args) => blobs.listCheckpoints(...args),
    updateCheckpoint: (checkpoint) => moveForward(checkpoint, container, versions),
  };
}

/** A listing gives ETags without the quotes they have in a header. */
function unquoted(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', '');
}

/**
 * A partition whose owner reads it no more is free: this consumer, when reading broke off, or a process that died.
 * Differs from Azure: hosts share one machine here, so a dead one is known by its process; there its ownership has to expire.
 */
function hasGone({ partitionId, ownerId }: PartitionOwnership, watch: OwnershipWatch): boolean {
  if (ownerId === watch.ownerId) return !watch.reads(partitionId);
  const [, pid] = /^(\d+)-/.exec(ownerId) ?? [];
  return pid !== undefined && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * Two hosts may read a partition for a moment, each from a checkpoint on, so that whichever has come further is right:
 * the write of a stale owner that is behind changes nothing. `versions` holds the ETag of the last write by blob.
 */
async function moveForward(
  checkpoint: Checkpoint,
  container: ContainerClient,
  versions: Map<string, string>,
): Promise<void> {
  const { fullyQualifiedNamespace, eventHubName, consumerGroup, partitionId, sequenceNumber, offset } = checkpoint;
  const folder = [fullyQualifiedNamespace, eventHubName, consumerGroup].join('/').toLowerCase();
  const name = `${folder}/checkpoint/${partitionId}`;
  const blob = container.getBlockBlobClient(name);
  const metadata = { sequencenumber: String(sequenceNumber), offset };
  for (;;) {
    const known = versions.get(name);
    try {
      const { etag = '' } = known
        ? await blob.setMetadata(metadata, { conditions: { ifMatch: known } })
        : await blob.upload('', 0, { metadata, conditions: { ifNoneMatch: '*' } });
      versions.set(name, etag);
      return;
    } catch (error) {
      versions.delete(name);
      const { statusCode } = error as RestError;
      if (known && statusCode === 404) continue;
      if (statusCode !== 409 && statusCode !== 412) throw error;
    }
    const stored = await propertiesOf(blob);
    if (!stored) continue;
    if (Number(stored.metadata?.['sequencenumber']) >= sequenceNumber) return;
    versions.set(name, stored.etag ?? '');
  }
}

/** Undefined where there is no such blob (any more). */
function propertiesOf(blob: BlockBlobClient): Promise<BlobGetPropertiesResponse | undefined> {
  return blob.getProperties().catch((error: RestError) => {
    if (error.statusCode !== 404) throw error;
    return undefined;
  });
}
