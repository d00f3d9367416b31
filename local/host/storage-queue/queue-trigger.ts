// Storage queue trigger: polls with a growing pause, runs a batch at once, deletes what succeeded, lets what failed
// appear again, and moves it to `<queue>-poison` after maxDequeueCount tries.
import { QueueClient, type DequeuedMessageItem } from '@azure/storage-queue';
import { setTimeout as delay } from 'node:timers/promises';
import { neededOption, textOption } from '../binding-options.ts';
import type { LoadedFunction } from '../function-app.ts';
import type { Listener, ListenerContext } from '../listener.ts';
import { finished } from '../patience.ts';
import { connectionString, resolveSettings } from '../settings.ts';
import { waitForService } from '../wait-for-service.ts';
import { runQueueMessage, leaseMs } from './queue-message.ts';

const minPollingIntervalMs = 100;

export async function startQueueTrigger(fn: LoadedFunction, context: ListenerContext): Promise<Listener> {
  const { environment, stopping, log } = context;
  const name = resolveSettings(neededOption(fn.trigger, 'queueName'), environment);
  const connection = connectionString(textOption(fn.trigger, 'connection') ?? 'AzureWebJobsStorage', environment);
  // One try a call: the polling itself tries again, and sooner than the SDK's own retries would.
  const queue = new QueueClient(connection, name, { retryOptions: { maxTries: 1 } });
  const about = { functionName: fn.name };
  const exists = await waitForService(`the storage queue '${name}'`, () => queue.exists(), {
    log: (text) => log('warning', text, about),
    stopping,
  });
  if (!exists) log('warning', `The queue '${name}' of function '${fn.name}' does not exist yet.`, about);
  return pollQueue(queue, fn, context);
}

function pollQueue(queue: QueueClient, fn: LoadedFunction, context: ListenerContext): Listener {
  const { queues: limits } = context.hostJson;
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  const report = outageReporter(queue.name, fn, context);

  const start = (message: DequeuedMessageItem): void => {
    const run = runQueueMessage(message, queue, fn, context).finally(() => running.delete(run));
    running.add(run);
  };
  const poll = async (): Promise<void> => {
    let pauseMs = minPollingIntervalMs;
    while (!stop.signal.aborted) {
      const messages = await receive(queue, limits.batchSize, report, stop.signal);
      for (const message of messages) start(message);
      if (messages.length > 0) {
        pauseMs = minPollingIntervalMs;
        while (running.size > limits.newBatchThreshold) await Promise.race(running);
      } else {
        await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, Math.max(limits.maxPollingIntervalMs, minPollingIntervalMs));
      }
    }
  };
  const polling = poll();
  return {
    stop: async (patienceMs) => {
      stop.abort();
      await finished(Promise.all([polling, ...running]), patienceMs);
    },
  };
}

async function receive(
  queue: QueueClient,
  numberOfMessages: number,
  report: OutageReporter,
  abortSignal: AbortSignal,
): Promise<readonly DequeuedMessageItem[]> {
  try {
    const options = { numberOfMessages, visibilityTimeout: leaseMs / 1000, abortSignal };
    const { receivedMessageItems } = await queue.receiveMessages(options);
    report(undefined);
    return receivedMessageItems;
  } catch (error) {
    if (!abortSignal.aborted) report(error as Error);
    return [];
  }
}

/** Told of each poll's error or success; says an outage once. */
type OutageReporter = (error: Error | undefined) => void;

function outageReporter(name: string, fn: LoadedFunction, { log }: ListenerContext): OutageReporter {
  let interrupted = false;
  return (error) => {
    if (error && !interrupted && !isMissingQueue(error))
      log('warning', `Polling of queue '${name}' fails and is tried again: ${error.message}`, {
        functionName: fn.name,
      });
    interrupted = error !== undefined;
  };
}

function isMissingQueue(error: Error): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}
