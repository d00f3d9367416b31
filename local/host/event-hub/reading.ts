// The partitions this host reads now, and what becomes of what the SDK tells about them.
import {
  CloseReason,
  type MessagingError,
  type PartitionContext,
  type ReceivedEventData,
  type SubscriptionEventHandlers,
} from '@azure/event-hubs';
import type { LoadedFunction } from '../function-app.ts';
import type { ListenerContext } from '../listener.ts';
import { retryPolicy, type RetryPolicy } from '../retry-policy.ts';
import { waitForService } from '../wait-for-service.ts';
import { plainError } from './event-hub-connection.ts';
import { createPartitionRunner, type PartitionRunner } from './partition-runner.ts';

export interface Reading {
  readonly handlers: SubscriptionEventHandlers;
  readonly reads: (partitionId: string) => boolean;
  /** Somebody else owns the partition now: what runs is the last, and moves no checkpoint. */
  readonly lose: (partitionId: string) => void;
  /** Resolves when nothing runs. */
  readonly idle: () => Promise<unknown>;
}

interface OpenPartition {
  readonly runner: PartitionRunner;
  readonly lost: AbortController;
}

/** @throws Error naming what is wrong in the function's retry policy */
export function createReading(fn: LoadedFunction, context: ListenerContext): Reading {
  const { log, stopping } = context;
  const about = { functionName: fn.name };
  const policy = retryPolicy(fn.retryOptions);
  const open = new Map<string, OpenPartition>();
  const running = new Set<Promise<void>>();
  const never = new Promise<void>(() => undefined);
  const reportError = errorReporter((text) => log('warning', text, about));

  const handlers: SubscriptionEventHandlers = {
    processInitialize: async (partition) =>
      void open.set(partition.partitionId, openPartition(fn, partition, policy, context)),
    processEvents: async (events, { partitionId }) => {
      const partition = open.get(partitionId);
      // The subscription ends in a moment; these events are delivered again from the checkpoint.
      if (!partition || stopping.aborted) return never;
      const { runner, lost } = partition;
      if (!lost.signal.aborted) await track(running, runner.run(events));
      if (lost.signal.aborted) throw ownershipLost(partitionId);
      reportError.isBack();
    },
    processError: async (error, { partitionId }) => reportError(error, partitionId),
    processClose: async (reason, { partitionId, eventHubName }) => {
      open.get(partitionId)?.lost.abort();
      open.delete(partitionId);
      if (reason === CloseReason.OwnershipLost)
        log('information', `Partition ${partitionId} of '${eventHubName}' is with another host now.`, about);
    },
  };
  return {
    handlers,
    reads: (partitionId) => open.has(partitionId),
    lose: (partitionId) => open.get(partitionId)?.lost.abort(),
    idle: () => Promise.allSettled(running),
  };
}

function openPartition(
  fn: LoadedFunction,
  partition: PartitionContext,
  policy: RetryPolicy,
  { invoke, log, hostJson, clock, stopping }: ListenerContext,
): OpenPartition {
  const lost = new AbortController();
  const ending = AbortSignal.any([stopping, lost.signal]);
  const wait = { log: (text: string) => log('warning', text, { functionName: fn.name }), stopping: ending };
  const runner = createPartitionRunner({
    fn,
    partition,
    invoke,
    policy,
    limits: hostJson.eventHubs,
    checkpoint: (event) =>
      waitForService('storage for a checkpoint', () => partition.updateCheckpoint(event as ReceivedEventData), wait),
    lost: lost.signal,
    ending,
    clock,
  });
  return { runner, lost };
}

async function track(running: Set<Promise<void>>, run: Promise<void>): Promise<void> {
  running.add(run);
  await run.finally(() => running.delete(run));
}

/** With this code the SDK ends its reading of the partition; without, it would attach again and take it from its new owner. */
function ownershipLost(partitionId: string): Error {
  return Object.assign(new Error(`Partition ${partitionId} has another owner.`), { code: 'ReceiverDisconnectedError' });
}

/** Says an error once until it works again: the SDK reports every attempt. */
function errorReporter(say: (text: string) => void) {
  let said = '';
  const report = (error: Error | MessagingError, partitionId: string): void => {
    const { message, code } = plainError(error) as MessagingError;
    if (code === 'ReceiverDisconnectedError' || message === said) return;
    said = message;
    const place = partitionId === '' ? '' : ` (partition ${partitionId})`;
    say(`Receiving events${place} was interrupted and is tried again: ${message}`);
  };
  return Object.assign(report, {
    isBack: () => {
      said = '';
    },
  });
}
