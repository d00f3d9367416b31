// Takes messages off a storage queue: a batch, the next one when few are left running, and a growing pause while there
// are none [learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger: polling algorithm].
import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { setTimeout as delay } from 'node:timers/promises';
import type { QueueOptions } from '../host-json.ts';
import { finished } from '../patience.ts';
import { leaseMs } from './settle-message.ts';

export interface QueuePolling {
  /** With one try a call: the polling itself tries again, and sooner. */
  readonly queue: QueueClient;
  readonly limits: Pick<QueueOptions, 'batchSize' | 'newBatchThreshold' | 'maxPollingIntervalMs'>;
  /** Never rejects. */
  readonly run: (message: DequeuedMessageItem) => Promise<void>;
  /** Told of an outage, once. */
  readonly warn: (text: string) => void;
}

export interface QueuePoller {
  /** Ends the pause. */
  wake(): void;
  /** Takes no more, and lets what runs finish for up to `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
}

const minPauseMs = 100;

/** Twice as long as the last, spread by a fifth: hosts that were started together drift apart. */
export function nextPauseMs(pauseMs: number, maxPauseMs: number, random = Math.random): number {
  return Math.min(pauseMs * 2 * (0.8 + 0.4 * random()), Math.max(maxPauseMs, minPauseMs));
}

export function pollQueue({ queue, limits, run, warn }: QueuePolling): QueuePoller {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  const report = outageReporter(queue.name, warn);
  let pause = new AbortController();

  const start = (message: DequeuedMessageItem): void => {
    const call = run(message).finally(() => running.delete(call));
    running.add(call);
  };
  const poll = async (): Promise<void> => {
    let pauseMs = minPauseMs;
    while (!stop.signal.aborted) {
      pause = new AbortController();
      const messages = await receive(queue, limits.batchSize, report, stop.signal);
      for (const message of messages) start(message);
      if (messages.length > 0) {
        pauseMs = minPauseMs;
        while (running.size > limits.newBatchThreshold) await Promise.race(running);
      } else {
        await delay(pauseMs, undefined, { signal: AbortSignal.any([stop.signal, pause.signal]) }).catch(
          () => undefined,
        );
        pauseMs = nextPauseMs(pauseMs, limits.maxPollingIntervalMs);
      }
    }
  };
  const polling = poll();
  return {
    wake: () => pause.abort(),
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

function outageReporter(name: string, warn: (text: string) => void): OutageReporter {
  let interrupted = false;
  return (error) => {
    if (error && !interrupted && !isMissingQueue(error))
      warn(`Polling of queue '${name}' fails and is tried again: ${error.message}`);
    interrupted = error !== undefined;
  };
}

function isMissingQueue(error: Error): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}
