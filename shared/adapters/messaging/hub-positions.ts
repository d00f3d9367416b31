// Where the hub is, by its partitions' properties, and where its consumers are, by the checkpoints that the Functions host keeps: a
// blob `<namespace>/<hub>/<group>/checkpoint/<partition>` in lower case, its metadata `sequencenumber`
// [https://learn.microsoft.com/azure/azure-functions/functions-bindings-event-hubs-trigger, BlobCheckpointStore of the SDKs].
import type { EventHubProducerClient, PartitionProperties } from '@azure/event-hubs';
import type { ContainerClient } from '@azure/storage-blob';
import { AppError } from '../../kernel/errors.ts';
import type { ConsumerPosition } from '../../operations/consumer-position.ts';
import type { Guard } from '../resilience/guard.ts';
import { statusOf, withStorage } from '../storage-errors.ts';

export const checkpointContainer = 'azure-webjobs-eventhub';

export interface HubPositions {
  /** Of each partition of the hub, by each of the groups. @throws AppError messaging-unavailable, storage-unavailable */
  read(hub: string, groups: readonly string[]): Promise<readonly ConsumerPosition[]>;
}

/** @param open answers the same client each time */
export function hubPositions(
  open: (hub: string) => EventHubProducerClient | Promise<EventHubProducerClient>,
  guard: Guard,
  checkpoints: ContainerClient,
): HubPositions {
  return {
    read: async (hub, groups) => {
      const client = await open(hub);
      const partitions = await guard.run((abortSignal) => partitionsOf(client, hub, abortSignal));
      const positions = await Promise.all(
        groups.map(async (group) => {
          const folder = `${client.fullyQualifiedNamespace}/${hub}/${group}`.toLowerCase();
          const done = await sequenceNumbers(checkpoints, `${folder}/checkpoint/`);
          return partitions.map((partition): ConsumerPosition => {
            const { partitionId, beginningSequenceNumber, lastEnqueuedSequenceNumber } = partition;
            const checkpoint = done.get(partitionId);
            return {
              subject: `${hub}/${group}/${partitionId}`,
              ...(checkpoint === undefined ? {} : { checkpoint }),
              first: beginningSequenceNumber,
              last: lastEnqueuedSequenceNumber,
            };
          });
        }),
      );
      return positions.flat();
    },
  };
}

async function partitionsOf(
  client: EventHubProducerClient,
  hub: string,
  abortSignal: AbortSignal,
): Promise<readonly PartitionProperties[]> {
  try {
    const ids = await client.getPartitionIds({ abortSignal });
    return await Promise.all(ids.map((id) => client.getPartitionProperties(id, { abortSignal })));
  } catch (cause) {
    throw new AppError('messaging-unavailable', `The hub ${hub} does not say where it is; try again shortly`, {
      cause,
    });
  }
}

/** By partition; none before the first consumer has made the container. */
async function sequenceNumbers(container: ContainerClient, prefix: string): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  try {
    await withStorage(async () => {
      for await (const { name, metadata } of container.listBlobsFlat({ prefix, includeMetadata: true })) {
        const number = Number(metadata?.['sequencenumber'] ?? Number.NaN);
        if (!Number.isNaN(number)) found.set(name.slice(prefix.length), number);
      }
    });
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  return found;
}
