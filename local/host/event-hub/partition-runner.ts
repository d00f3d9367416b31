// The events of one partition, in order: batch by batch to the function, again by its retry policy, then the checkpoint
// moves on, whether the function succeeded or not. What was abandoned is delivered again from the checkpoint.
import { systemClock, type Clock } from '../../clock.ts';
import type { InvocationInput, Invoke, LoadedFunction } from '../function-app.ts';
import type { EventHubOptions } from '../host-json.ts';
import { invokeWithRetries, type RetriedOutcome } from '../invoke-with-retries.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import { bodyData } from '../body-data.ts';
import { eventMetadata, eventTraceParent, type Partition, type ReceivedEvent } from './event-metadata.ts';

export interface PartitionRunnerOptions {
  readonly fn: LoadedFunction;
  readonly partition: Partition;
  readonly invoke: Invoke;
  readonly policy: RetryPolicy;
  readonly limits: EventHubOptions;
  /** Notes that every event up to this one is done. */
  readonly checkpoint: (event: ReceivedEvent) => Promise<void>;
  /** Another host owns the partition now: its checkpoint is no longer ours to move. */
  readonly lost: AbortSignal;
  /** The host stops, or the partition is lost: nothing is begun any more, no retry waited for. */
  readonly ending: AbortSignal;
  readonly clock?: Clock;
}

export interface PartitionRunner {
  /** Resolves when what is due has run. Called again only then; without events it runs what has waited long enough. */
  run(events: readonly ReceivedEvent[]): Promise<void>;
}

export function createPartitionRunner(options: PartitionRunnerOptions): PartitionRunner {
  const { fn, limits, lost, ending, checkpoint, clock = systemClock } = options;
  const many = fn.trigger['cardinality'] === 'many';
  const fewest = many ? limits.minEventBatchSize : 1;
  const waiting: ReceivedEvent[] = [];
  let waitingSinceMs = 0;
  let batchesSinceCheckpoint = 0;

  const runBatch = async (batch: readonly ReceivedEvent[]): Promise<void> => {
    const last = many ? await runTogether(batch, options) : await runOneByOne(batch, options);
    if (!last || lost.aborted) return;
    batchesSinceCheckpoint += 1;
    if (batchesSinceCheckpoint < limits.batchCheckpointFrequency) return;
    await checkpoint(last);
    batchesSinceCheckpoint = 0;
  };

  return {
    run: async (events) => {
      if (waiting.length === 0) waitingSinceMs = clock.now();
      waiting.push(...events);
      if (waiting.length < fewest && clock.now() - waitingSinceMs < limits.maxWaitMs) return;
      while (waiting.length > 0 && !ending.aborted) await runBatch(waiting.splice(0, limits.maxEventBatchSize));
    },
  };
}

/** The last event, unless they were abandoned. */
async function runTogether(
  batch: readonly ReceivedEvent[],
  options: PartitionRunnerOptions,
): Promise<ReceivedEvent | undefined> {
  const outcome = await call(batch, options);
  return outcome === 'abandoned' ? undefined : batch.at(-1);
}

/** The last event that was not abandoned, if there is one. */
async function runOneByOne(
  batch: readonly ReceivedEvent[],
  options: PartitionRunnerOptions,
): Promise<ReceivedEvent | undefined> {
  let last: ReceivedEvent | undefined;
  for (const event of batch) {
    if (options.ending.aborted || (await call([event], options)) === 'abandoned') break;
    last = event;
  }
  return last;
}

function call(events: readonly ReceivedEvent[], options: PartitionRunnerOptions): Promise<RetriedOutcome> {
  const { fn, partition, invoke, policy, ending, clock = systemClock } = options;
  const input: InvocationInput = {
    fn,
    reason: `New Event Hub events detected on '${partition.eventHubName}', partition ${partition.partitionId}.`,
    traceParent: eventTraceParent(events),
    data: bodyData(events, fn.trigger),
    triggerMetadata: eventMetadata(events, partition, fn.trigger['cardinality']),
  };
  return invokeWithRetries(input, { invoke, policy, signal: ending, clock });
}
