import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import type { InvocationInput, LoadedFunction } from '../../../local/host/function-app.ts';
import { createMessageRunner } from '../../../local/host/service-bus/message-runner.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

interface StartOptions {
  readonly many?: boolean;
  readonly maxConcurrentCalls?: number;
  readonly autoComplete?: boolean;
  readonly minBatchSize?: number;
}

function start(options: StartOptions = {}) {
  const clock = createFakeClock();
  const binding = { name: 't', type: 'serviceBusTrigger', direction: 'in' as const };
  const trigger = { ...binding, key: 't', ...(options.many && { cardinality: 'many' }) };
  const fn: LoadedFunction = { name: 'f', bindings: { t: binding }, trigger, callback: () => undefined };
  const calls: { input: InvocationInput; end: (error?: Error) => void }[] = [];
  const settled: string[] = [];
  const lines: string[] = [];
  const runner = createMessageRunner({
    fn,
    entity: 'q',
    log: (_, line) => lines.push(line),
    autoComplete: options.autoComplete ?? true,
    maxConcurrentCalls: options.maxConcurrentCalls ?? 16,
    maxBatchSize: options.many ? 3 : 1,
    minBatchSize: options.minBatchSize ?? 1,
    maxBatchWaitMs: 30_000,
    lockRenewalMs: 300_000,
    clock,
    invoke: (input) => {
      const { promise, resolve, reject } = Promise.withResolvers<never>();
      calls.push({ input, end: (error) => (error ? reject(error) : resolve(undefined as never)) });
      return promise;
    },
  });
  const settler = {
    completeMessage: async ({ messageId }: ServiceBusReceivedMessage) => {
      if (messageId === 'lost') throw new Error('the lock is lost');
      settled.push(`complete ${String(messageId)}`);
    },
    abandonMessage: async ({ messageId }: ServiceBusReceivedMessage) =>
      void settled.push(`abandon ${String(messageId)}`),
  };
  const run = (messageId: string) =>
    runner.run({ messageId, body: Buffer.from(messageId) } as ServiceBusReceivedMessage, settler);
  const called = (count: number) => waitFor(`${count} calls`, () => calls.length === count);
  return { runner, run, calls, called, settled, lines, clock };
}

describe('message runner', () => {
  it('completes a message when its handler resolves', async () => {
    const { run, called, calls, settled } = start();
    const running = run('a');
    await called(1);
    expect(settled).toEqual([]);
    calls[0]?.end();
    await running;
    expect(settled).toEqual(['complete a']);
  });

  it('abandons a message when its handler throws', async () => {
    const { run, called, calls, settled } = start();
    const running = run('a');
    await called(1);
    calls[0]?.end(new Error('no'));
    await running;
    expect(settled).toEqual(['abandon a']);
  });

  it('leaves settling to the app without autoComplete, but abandons what throws', async () => {
    const { run, called, calls, settled } = start({ autoComplete: false });
    const running = [run('a'), run('b')];
    await called(2);
    calls[0]?.end();
    calls[1]?.end(new Error('no'));
    await Promise.all(running);
    expect(settled).toEqual(['abandon b']);
  });

  it('never makes more calls at once than it may', async () => {
    const { run, called, calls, runner } = start({ maxConcurrentCalls: 2 });
    const running = [run('a'), run('b'), run('c')];
    await called(2);
    expect(runner.runningCount).toBe(3);
    calls[0]?.end();
    await running[0];
    await called(3);
    for (const call of calls) call.end();
    await Promise.all(running);
    expect(runner.runningCount).toBe(0);
  });

  it('hands messages that wait to one call when the function takes many', async () => {
    const { run, called, calls, settled } = start({ many: true, maxConcurrentCalls: 1 });
    const running = ['a', 'b', 'c', 'd'].map(run);
    await called(1);
    expect(calls[0]?.input.data).toEqual({ collectionString: { string: ['a', 'b', 'c'] } });
    calls[0]?.end();
    await called(2);
    expect(calls[1]?.input.data).toEqual({ collectionString: { string: ['d'] } });
    calls[1]?.end();
    await Promise.all(running);
    expect(settled).toHaveLength(4);
  });

  it('waits for as many as the function wants at least, but not longer than it may', async () => {
    const { run, called, calls, runner, clock } = start({ many: true, minBatchSize: 2 });
    void run('a');
    void run('b');
    await called(1);
    void run('c');
    await waitFor('the third to wait', () => runner.runningCount === 2);
    clock.advance(29_999);
    expect(calls).toHaveLength(1);
    clock.advance(1);
    await called(2);
    expect(calls[1]?.input.data).toEqual({ collectionString: { string: ['c'] } });
  });

  it('says when a message cannot be settled', async () => {
    const { run, called, calls, lines } = start();
    const running = run('lost');
    await called(1);
    calls[0]?.end();
    await running;
    expect(lines.join()).toMatch(/'lost' could not be completed and will be delivered again: the lock is lost/);
  });

  it('lets what runs finish when it stops', async () => {
    const { run, called, calls, settled, runner } = start();
    void run('a');
    await called(1);
    const stopped = runner.stop(60_000);
    calls[0]?.end();
    await stopped;
    expect(settled).toEqual(['complete a']);
  });

  it('abandons what outlives its patience, and what comes later', async () => {
    const { run, called, settled, runner } = start();
    void run('a');
    await called(1);
    await runner.stop(0);
    await run('b');
    expect(settled).toEqual(['abandon a', 'abandon b']);
  });
});
