// Between finding a blob and running its function stands a storage queue, as in Azure: what is in it is tried
// poisonBlobThreshold times, by any host of the app, and outlives all of them
// [learn.microsoft.com/azure/azure-functions/functions-bindings-storage-blob-trigger: poison blobs].
import type { QueueClient } from '@azure/storage-queue';
import type { Log } from '../function-app.ts';
import type { HostJson } from '../host-json.ts';
import { connectionString, type Environment } from '../settings.ts';
import { pollQueue, type QueuePoller } from '../storage-queue/poll-queue.ts';
import { settleMessage } from '../storage-queue/settle-message.ts';
import { waitForService } from '../wait-for-service.ts';

/** The message under Azure's names: whoever reads the poison queue finds them there. */
export interface BlobMessage {
  readonly Type: 'BlobTrigger';
  /** Host.Functions.<name> */
  readonly FunctionId: string;
  readonly BlobType: string;
  readonly ContainerName: string;
  readonly BlobName: string;
  /** Without quotes. */
  readonly ETag: string;
}

export interface BlobQueue {
  /** From now on runs the function for its messages. `run` is false when it failed. */
  listen(functionName: string, run: (message: BlobMessage) => Promise<boolean>): Promise<void>;
  /** Resolves when the message is safe. */
  send(message: BlobMessage): Promise<void>;
  /** Takes no more, and lets what runs finish for up to `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
}

export interface BlobQueueOptions {
  readonly environment: Environment;
  readonly hostId: string;
  readonly limits: HostJson['blobs'];
  readonly log: Log;
  readonly stopping: AbortSignal;
}

interface OpenQueue {
  readonly queue: QueueClient;
  readonly poller: QueuePoller;
}

/** Nothing is opened before the first blob function is. */
export function createBlobQueue(options: BlobQueueOptions): BlobQueue {
  const runs = new Map<string, (message: BlobMessage) => Promise<boolean>>();
  let opening: Promise<OpenQueue> | undefined;
  const open = (): Promise<OpenQueue> => (opening ??= openQueue(runs, options));
  return {
    listen: async (functionName, run) => {
      runs.set(functionIdOf(functionName), run);
      await open();
    },
    send: async (message) => {
      const { queue, poller } = await open();
      await queue.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'));
      poller.wake();
    },
    stop: async (patienceMs) => {
      const opened = await opening?.catch(() => undefined);
      await opened?.poller.stop(patienceMs);
    },
  };
}

export function functionIdOf(functionName: string): string {
  return `Host.Functions.${functionName}`;
}

async function openQueue(
  runs: ReadonlyMap<string, (message: BlobMessage) => Promise<boolean>>,
  { environment, hostId, limits, log, stopping }: BlobQueueOptions,
): Promise<OpenQueue> {
  const { QueueClient: Client } = await import('@azure/storage-queue');
  const connection = connectionString('AzureWebJobsStorage', environment);
  const retryOptions = { maxTries: 1 };
  const queue = new Client(connection, `azure-webjobs-blobtrigger-${hostId}`, { retryOptions });
  const poison = new Client(connection, 'webjobs-blobtrigger-poison', { retryOptions });
  const warn = (text: string): void => log('warning', text);
  await waitForService('storage for the blob triggers', () => queue.createIfNotExists(), { log: warn, stopping });
  const batchSize = Math.min(limits.maxDegreeOfParallelism, 32);
  const poller = pollQueue({
    queue,
    limits: { batchSize, newBatchThreshold: limits.maxDegreeOfParallelism - batchSize, maxPollingIntervalMs: 2_000 },
    warn,
    run: (message) =>
      settleMessage(message, {
        queue,
        poison,
        maxDequeueCount: limits.poisonBlobThreshold,
        visibilityTimeoutMs: 0,
        log,
        handle: async () => {
          const found = JSON.parse(Buffer.from(message.messageText, 'base64').toString()) as BlobMessage;
          const run = runs.get(found.FunctionId);
          // A function that is no more, or no more a blob function.
          return !run || (await run(found)) ? 'done' : 'failed';
        },
      }),
  });
  return { queue, poller };
}
