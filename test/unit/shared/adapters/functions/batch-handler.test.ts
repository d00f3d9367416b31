// Fault 26: one bad event takes none of the others with it, and none is thrown away.
import { InvocationContext } from '@azure/functions';
import { expect, test } from 'vitest';
import type { QuarantinedEvent } from '../../../../../shared/adapters/blobs/quarantine.ts';
import { batchHandler } from '../../../../../shared/adapters/functions/batch-handler.ts';
import { AppError, type ErrorCode } from '../../../../../shared/kernel/errors.ts';
import { triesOfUnknown } from '../../../../../shared/kernel/settlement.ts';

class Given {
  readonly quarantined: { readonly event: QuarantinedEvent; readonly reason: string }[] = [];
  readonly handled = new Set<string>();
  readonly batches: number[] = [];
  /** What handling a batch with this event in it throws. */
  failures = new Map<string, unknown>();
  quarantineIsDown = false;

  readonly handler = batchHandler<string>(
    {
      hub: 'telemetry',
      read: ({ body }) => {
        const text = Buffer.from(body).toString();
        if (text.startsWith('bad')) throw new AppError('invalid-reading', text);
        return text;
      },
      handle: async (items) => {
        this.batches.push(items.length);
        for (const item of items) if (this.failures.has(item)) throw this.failures.get(item);
        for (const item of items) this.handled.add(item);
      },
    },
    () => ({
      put: async (event, reason) => {
        if (this.quarantineIsDown) throw new AppError('storage-unavailable', 'down');
        this.quarantined.push({ event, reason: reason.code });
      },
    }),
  );

  async deliver(bodies: readonly string[], retryCount = 0): Promise<void> {
    const context = new InvocationContext({
      functionName: 'aggregate',
      logHandler: () => {},
      ...(retryCount === 0 ? {} : { retryContext: { retryCount, maxRetryCount: -1 } }),
      triggerMetadata: {
        partitionContext: { consumerGroup: 'aggregation', partitionId: '2' },
        offsetArray: bodies.map((_, n) => String(n * 100)),
        sequenceNumberArray: bodies.map((_, n) => n),
        enqueuedTimeUtcArray: bodies.map(() => '2030-01-01T00:00:00Z'),
      },
    });
    await this.handler(
      bodies.map((body) => Buffer.from(body)),
      context,
    );
  }
}

const hundred = Array.from({ length: 100 }, (_, n) => `event-${n}`);
const fails = (code: ErrorCode): AppError => new AppError(code, 'no');

test('an event that is not understood is quarantined with partition and offset, untouched; the other 99 are handled', async () => {
  const given = new Given();
  await given.deliver(hundred.with(50, 'bad one'));
  expect(given.batches).toEqual([99]);
  expect(given.quarantined).toMatchObject([
    {
      reason: 'invalid-reading',
      event: {
        hub: 'telemetry',
        consumerGroup: 'aggregation',
        partition: '2',
        offset: '5000',
        sequenceNumber: '50',
        enqueuedAt: Date.UTC(2030, 0, 1),
        body: Buffer.from('bad one'),
      },
    },
  ]);
});

test('a batch of nothing but bad events is quarantined and done with', async () => {
  const given = new Given();
  await given.deliver(['bad 1', 'bad 2']);
  expect(given.quarantined).toHaveLength(2);
  expect(given.batches).toEqual([]);
});

test.each<ErrorCode>(['invalid-reading', 'order-not-found', 'broken-invariant'])(
  '%s while handling quarantines that event only',
  async (code) => {
    const given = new Given();
    given.failures.set('event-7', fails(code));
    await given.deliver(hundred);
    expect(given.quarantined).toMatchObject([{ reason: code, event: { offset: '700' } }]);
    expect(given.handled.size).toBe(99);
  },
);

test.each<ErrorCode>(['too-late-to-cancel', 'payment-declined'])(
  '%s while handling skips that event only',
  async (code) => {
    const given = new Given();
    given.failures.set('event-7', fails(code));
    await given.deliver(hundred);
    expect(given.quarantined).toEqual([]);
    expect(given.handled.size).toBe(99);
  },
);

test('a transient failure is thrown however often it comes, and nothing is quarantined', async () => {
  const given = new Given();
  given.failures.set('event-7', fails('storage-unavailable'));
  for (const retryCount of [0, 1, 1000]) {
    await expect(given.deliver(hundred, retryCount)).rejects.toMatchObject({ kind: 'transient' });
  }
  expect(given.quarantined).toEqual([]);
});

test('a transient failure in the middle of taking events one by one is thrown as well', async () => {
  const given = new Given();
  given.failures.set('event-3', fails('invalid-reading')).set('event-7', fails('storage-unavailable'));
  await expect(given.deliver(hundred)).rejects.toMatchObject({ kind: 'transient' });
  given.failures.delete('event-7');
  await given.deliver(hundred, 1);
  expect(given.handled.size).toBe(99);
  expect(new Set(given.quarantined.map(({ event }) => event.offset))).toEqual(new Set(['300']));
});

test('what nobody foresaw is thrown some times, then that event is quarantined and the others are handled', async () => {
  const given = new Given();
  given.failures.set('event-7', new TypeError('undefined is not a function'));
  for (let retryCount = 0; retryCount < triesOfUnknown - 1; retryCount += 1) {
    await expect(given.deliver(hundred, retryCount)).rejects.toThrow('undefined is not a function');
  }
  await given.deliver(hundred, triesOfUnknown - 1);
  expect(given.quarantined).toMatchObject([{ reason: 'internal-error', event: { offset: '700' } }]);
  expect(given.handled.size).toBe(99);
});

test('while the quarantine is down nothing is thrown away: the batch waits', async () => {
  const given = new Given();
  given.quarantineIsDown = true;
  await expect(given.deliver(hundred.with(50, 'bad one'))).rejects.toMatchObject({ code: 'storage-unavailable' });
  given.failures.set('event-7', fails('broken-invariant'));
  await expect(given.deliver(hundred)).rejects.toMatchObject({ code: 'storage-unavailable' });
});
