// Consumers of a group that share a local event hub by checkpoints in local blob storage, by the real SDKs.
import { earliestEventPosition, EventHubConsumerClient, type ReceivedEventData } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalStorage, startLocalStorage } from '../host/support/local-storage.ts';
import { type LocalEventHubs, startEventHubs } from '../support/event-hubs.ts';
import { connectionString } from '../support/service-bus.ts';
import { waitFor } from '../support/wait-for.ts';

const eventHubs = {
  hubs: [{ name: 'telemetry', properties: { partitionCount: 4 }, consumerGroups: [{ name: 'aggregation' }] }],
};

interface Member {
  readonly owned: Set<string>;
  readonly bodies: unknown[];
  stop(): Promise<void>;
}

describe('consumers of one group', () => {
  let hubs: LocalEventHubs;
  let storage: LocalStorage;
  let container: ContainerClient;
  const members: Member[] = [];

  beforeEach(async () => {
    hubs = await startEventHubs({ eventHubs });
    storage = await startLocalStorage([]);
    container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('checkpoints');
    await container.create();
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.stop()));
    await hubs[Symbol.asyncDispose]();
    await storage.close();
  });

  /** Joins the group; every batch is a checkpoint. */
  function join(): Member {
    const client = new EventHubConsumerClient(
      'aggregation',
      connectionString(hubs.port),
      'telemetry',
      new BlobCheckpointStore(container),
      {
        loadBalancingOptions: {
          strategy: 'greedy',
          updateIntervalInMs: 200,
          partitionOwnershipExpirationIntervalInMs: 4000,
        },
      },
    );
    const owned = new Set<string>();
    const bodies: unknown[] = [];
    const subscription = client.subscribe(
      {
        processInitialize: ({ partitionId }) => Promise.resolve(void owned.add(partitionId)),
        processClose: (_reason, { partitionId }) => Promise.resolve(void owned.delete(partitionId)),
        async processEvents(events: ReceivedEventData[], context) {
          bodies.push(...events.map(({ body }) => body as unknown));
          const last = events.at(-1);
          if (last) await context.updateCheckpoint(last);
        },
        processError: () => Promise.resolve(),
      },
      { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
    );
    const member = {
      owned,
      bodies,
      async stop() {
        await subscription.close();
        await client.close();
      },
    };
    members.push(member);
    return member;
  }

  const sendToAll = (round: string) =>
    Promise.all(
      ['0', '1', '2', '3'].map((partitionId) =>
        hubs.producer().sendBatch([{ body: `${round}${partitionId}` }], { partitionId }),
      ),
    );

  it('share its partitions, and one that is left takes over where the other stopped', async () => {
    await sendToAll('a');
    const first = join();
    await waitFor('the first to own all', () => first.owned.size === 4 && first.bodies.length === 4);
    const second = join();
    await waitFor('both to own half', () => first.owned.size === 2 && second.owned.size === 2, { timeoutMs: 40_000 });
    await sendToAll('b');
    await waitFor('both to read', () => new Set([...first.bodies, ...second.bodies]).size === 8);
    expect(second.bodies.length).toBeGreaterThanOrEqual(2);

    await first.stop();
    members.splice(members.indexOf(first), 1);
    await sendToAll('c');
    await waitFor('the second to own all and read', () => second.owned.size === 4 && countOf(second, 'c') === 4, {
      timeoutMs: 40_000,
    });
    const third = ['a', 'b', 'c'].map((round) => countOf(first, round) + countOf(second, round));
    // A partition that changed hands between a batch and its checkpoint gives that batch twice.
    for (const count of third) expect(count).toBeGreaterThanOrEqual(4);
    expect(countOf(second, 'a')).toBeLessThanOrEqual(2);
  });
});

function countOf({ bodies }: Member, round: string): number {
  return bodies.filter((body) => String(body).startsWith(round)).length;
}
