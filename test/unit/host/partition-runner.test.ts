import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../local/clock.ts';
import type { ReceivedEvent } from '../../../local/host/event-hub/event-metadata.ts';
import { createPartitionRunner } from '../../../local/host/event-hub/partition-runner.ts';
import type { InvocationInput, LoadedFunction } from '../../../local/host/function-app.ts';
import type { EventHubOptions } from '../../../local/host/host-json.ts';
import { retryPolicy } from '../../../local/host/retry-policy.ts';

interface StartOptions {
  readonly many?: boolean;
  readonly limits?: Partial<EventHubOptions>;
  readonly maxRetryCount?: number;
  /** Throws where the handler does. */
  readonly handle?: (sequenceNumbers: readonly number[], input: InvocationInput) => unknown;
}

function start({ many = true, limits, maxRetryCount = 0, handle = () => undefined }: StartOptions = {}) {
  let nowMs = 0;
  const waits: { atMs: number; run: () => void | Promise<void> }[] = [];
  const clock: Clock = {
    now: () => nowMs,
    setTimer: (atMs, run) => {
      waits.push({ atMs, run });
      return { cancel: () => undefined };
    },
  };
  const binding = { name: 't', type: 'eventHubTrigger', direction: 'in' as const, cardinality: many ? 'many' : 'one' };
  const fn: LoadedFunction = {
    name: 'f',
    bindings: { t: binding },
    trigger: { ...binding, key: 't' },
    callback: () => {},
  };
  const calls: number[][] = [];
  const checkpoints: number[] = [];
  const lost = new AbortController();
  const stopping = new AbortController();
  const runner = createPartitionRunner({
    fn,
    partition: { fullyQualifiedNamespace: 'n', eventHubName: 'h', consumerGroup: 'g', partitionId: '0' },
    policy: retryPolicy({ retryStrategy: 'fixedDelay', maxRetryCount, delayInterval: { seconds: 10 } }),
    limits: {
      maxEventBatchSize: 3,
      minEventBatchSize: 1,
      maxWaitMs: 60_000,
      batchCheckpointFrequency: 1,
      loadBalancingIntervalMs: 1_000,
      ownershipExpirationMs: 10_000,
      prefetchCount: 300,
      initialPosition: { offset: '-1' },
      ...limits,
    },
    invoke: async (input) => {
      const { triggerMetadata = {} } = input;
      const name = many ? 'SequenceNumberArray' : 'SequenceNumber';
      const numbers = [JSON.parse((triggerMetadata[name] as { json: string }).json)].flat() as number[];
      calls.push(numbers);
      await handle(numbers, input);
      return { raw: undefined, returnValue: undefined, outputs: new Map() };
    },
    checkpoint: async ({ sequenceNumber }) => void checkpoints.push(sequenceNumber),
    lost: lost.signal,
    ending: AbortSignal.any([stopping.signal, lost.signal]),
    clock,
  });
  const events = (from: number, to: number): ReceivedEvent[] =>
    Array.from({ length: to - from + 1 }, (_, index) => ({
      body: Buffer.alloc(0),
      sequenceNumber: from + index,
      offset: String(from + index),
      enqueuedTimeUtc: new Date(0),
      partitionKey: null,
    }));
  return {
    run: (from: number, to: number) => runner.run(events(from, to)),
    runWithout: () => runner.run([]),
    calls,
    checkpoints,
    lost,
    stopping,
    passTo: (ms: number) => {
      nowMs = ms;
    },
    /** Lets what waits go on. */
    endWait: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      void waits.shift()?.run();
    },
  };
}

const no = () => {
  throw new Error('no');
};

describe('partition runner', () => {
  it('moves the checkpoint to the last event of each batch', async () => {
    const { run, calls, checkpoints } = start();
    await run(1, 5);
    expect(calls).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(checkpoints).toEqual([3, 5]);
  });

  it('calls event by event in order where the function takes one, and notes the batch', async () => {
    const { run, calls, checkpoints } = start({ many: false });
    await run(1, 3);
    expect(calls).toEqual([[1], [2], [3]]);
    expect(checkpoints).toEqual([3]);
  });

  it('goes on after a failure: the checkpoint moves as if it had succeeded', async () => {
    const { run, checkpoints } = start({ handle: no });
    await run(1, 3);
    expect(checkpoints).toEqual([3]);
  });

  it('leaves the checkpoint where it is until the last retry', async () => {
    const { run, calls, checkpoints, endWait } = start({ handle: no, maxRetryCount: 2 });
    const running = run(1, 3);
    await endWait();
    expect(checkpoints).toEqual([]);
    await endWait();
    await running;
    expect(calls).toHaveLength(3);
    expect(checkpoints).toEqual([3]);
  });

  it('tells the function which retry it is, and why', async () => {
    const contexts: unknown[] = [];
    const { run, endWait } = start({
      maxRetryCount: -1,
      handle: (_, { retryContext }) => {
        contexts.push(retryContext);
        if (contexts.length < 3) no();
      },
    });
    const running = run(1, 1);
    await endWait();
    await endWait();
    await running;
    expect(contexts).toMatchObject([
      undefined,
      { retryCount: 1, maxRetryCount: -1, failure: new Error('no') },
      { retryCount: 2 },
    ]);
  });

  it('ends the wait for a retry when the host stops, and leaves the checkpoint', async () => {
    const { run, calls, checkpoints, stopping } = start({ handle: no, maxRetryCount: -1 });
    const running = run(1, 6);
    await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    await running;
    expect(calls).toEqual([[1, 2, 3]]);
    expect(checkpoints).toEqual([]);
  });

  it('notes the events that were done when the host stops between two', async () => {
    const started: ReturnType<typeof start> = start({
      many: false,
      handle: ([number]) => number === 2 && started.stopping.abort(),
    });
    await started.run(1, 3);
    expect(started.calls).toEqual([[1], [2]]);
    expect(started.checkpoints).toEqual([2]);
  });

  it('does not move the checkpoint of a partition that another host owns by now', async () => {
    const started: ReturnType<typeof start> = start({ handle: () => started.lost.abort() });
    await started.run(1, 6);
    expect(started.calls).toEqual([[1, 2, 3]]);
    expect(started.checkpoints).toEqual([]);
  });

  it('moves the checkpoint after every so many batches', async () => {
    const { run, checkpoints } = start({ limits: { batchCheckpointFrequency: 2 } });
    await run(1, 12);
    expect(checkpoints).toEqual([6, 12]);
  });

  it('waits for the fewest events of a batch, but not for longer than host.json says', async () => {
    const { run, runWithout, calls, passTo } = start({ limits: { minEventBatchSize: 3 } });
    await run(1, 2);
    expect(calls).toEqual([]);
    await run(3, 3);
    expect(calls).toEqual([[1, 2, 3]]);
    await run(4, 4);
    passTo(60_000);
    await runWithout();
    expect(calls).toEqual([[1, 2, 3], [4]]);
  });

  it('gives every event in order, however they arrive and whatever fails', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        async (arrivals, many, maxEventBatchSize) => {
          const { run, runWithout, calls, checkpoints } = start({
            many,
            limits: { maxEventBatchSize },
            handle: ([first = 0]) => first % 3 === 0 && no(),
          });
          let last = 0;
          for (const size of arrivals) {
            await (size === 0 ? runWithout() : run(last + 1, last + size));
            last += size;
          }
          expect(calls.flat()).toEqual(Array.from({ length: last }, (_, index) => index + 1));
          expect(checkpoints.at(-1) ?? 0).toBe(last);
          expect(Math.max(0, ...calls.map(({ length }) => length))).toBeLessThanOrEqual(many ? maxEventBatchSize : 1);
        },
      ),
    );
  });
});
