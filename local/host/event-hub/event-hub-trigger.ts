// Event Hub trigger: the SDK's consumer shares the partitions with the other hosts and keeps its checkpoints in the
// container of the real host; each partition is run in order, the partitions side by side.
import { EventHubConsumerClient, type MessagingError } from '@azure/event-hubs';
import { ContainerClient } from '@azure/storage-blob';
import { textOption } from '../binding-options.ts';
import type { LoadedFunction } from '../function-app.ts';
import type { Listener, ListenerContext } from '../listener.ts';
import { finished } from '../patience.ts';
import { connectionString, resolveSettings } from '../settings.ts';
import { waitForService } from '../wait-for-service.ts';
import { createCheckpointStore, newOwnerId } from './checkpoint-store.ts';
import { eventHubOf, plainError, retryOptions } from './event-hub-connection.ts';
import { reconnectPromptly } from './prompt-reconnect.ts';
import { createReading, type Reading } from './reading.ts';

/** The real host's, so that its own tools find the checkpoints. */
const checkpointContainer = 'azure-webjobs-eventhub';

/** How long giving back the partitions may take when the host stops. */
const closePatienceMs = 1_000;

export async function startEventHubTrigger(fn: LoadedFunction, context: ListenerContext): Promise<Listener> {
  const reading = createReading(fn, context);
  const client = await connect(fn, reading, context);
  const { maxEventBatchSize, maxWaitMs, prefetchCount, initialPosition } = context.hostJson.eventHubs;
  const subscription = client.subscribe(reading.handlers, {
    maxBatchSize: maxEventBatchSize,
    maxWaitTimeInSeconds: maxWaitMs / 1000,
    prefetchCount: Math.max(prefetchCount, maxEventBatchSize),
    startPosition: initialPosition,
    skipParsingBodyAsJson: true,
  });
  const close = async (): Promise<void> => {
    await subscription.close();
    await client.close();
  };
  return {
    stop: async (patienceMs) => {
      await finished(reading.idle(), patienceMs);
      await finished(close(), closePatienceMs);
    },
  };
}

/** A consumer of a hub that is there, with a place for its checkpoints. */
async function connect(
  fn: LoadedFunction,
  reading: Reading,
  { environment, hostJson, log, stopping }: ListenerContext,
): Promise<EventHubConsumerClient> {
  const { connection, eventHubName } = eventHubOf(fn.trigger, environment);
  const consumerGroup = resolveSettings(textOption(fn.trigger, 'consumerGroup') ?? '$Default', environment);
  const storage = connectionString('AzureWebJobsStorage', environment);
  // One try a call: the balancing itself tries again, and sooner than the SDK's own retries would.
  const container = new ContainerClient(storage, checkpointContainer, { retryOptions: { maxTries: 1 } });
  const identifier = newOwnerId();
  const { loadBalancingIntervalMs, ownershipExpirationMs } = hostJson.eventHubs;
  const watch = { ownerId: identifier, ownershipExpirationMs, reads: reading.reads, onLost: reading.lose };
  const store = createCheckpointStore(container, watch);
  const loadBalancingOptions = {
    strategy: 'greedy',
    updateIntervalInMs: loadBalancingIntervalMs,
    partitionOwnershipExpirationIntervalInMs: ownershipExpirationMs,
  } as const;
  const options = { identifier, retryOptions, loadBalancingOptions };
  const client = new EventHubConsumerClient(consumerGroup, connection, eventHubName, store, options);
  reconnectPromptly(client, retryOptions);
  const wait = { log: (text: string) => log('warning', text, { functionName: fn.name }), stopping };
  await waitForService('storage for the checkpoints', () => container.createIfNotExists(), wait);
  const lookAtHub = () =>
    client.getEventHubProperties().catch((error: unknown) => {
      throw plainError(error);
    });
  const isFinal = (error: unknown) => (error as MessagingError).code === 'MessagingEntityNotFoundError';
  await waitForService(`Event Hubs and '${eventHubName}'`, lookAtHub, { ...wait, isFinal });
  return client;
}
