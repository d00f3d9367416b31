// Whatever the order in which tasks end, events arrive and episodes run, and wherever a crash falls in between, an
// orchestration ends the same: the real durable-functions on the pure core.
import fc from 'fast-check';
import type { OrchestrationContext } from 'durable-functions';
import { describe, expect, it } from 'vitest';
import { isScheduling } from '../../../local/durable-protocol/history-event.ts';
import { isFinished } from '../../../local/task-hub/instance.ts';
import { type Activities, RetryOptions, type Simulation, simulate } from '../../support/simulated-orchestration.ts';

const activities: Activities = {
  echo: (input) => input,
  failUntil: (input, attempt) => {
    const wanted = (input as { attempt: number }).attempt;
    if (attempt < wanted) throw new Error(`attempt ${attempt} fails`);
    return attempt;
  },
};

type Orchestrator = (context: OrchestrationContext) => Generator<unknown, unknown, never>;

const orchestrators: Record<string, Orchestrator> = {
  *retries({ df }) {
    const tasks = [2, 1, 4].map((attempt, index) =>
      df.callActivityWithRetry('failUntil', new RetryOptions(10 * (index + 1), 5), { index, attempt }),
    );
    const attempts: unknown = yield df.Task.all(tasks);
    return { attempts, after: yield df.callActivity('echo', 'after') };
  },
  *retriesInVain({ df }) {
    const vain = df.callActivityWithRetry('failUntil', new RetryOptions(10, 3), { attempt: 9 });
    const good = df.callActivityWithRetry('failUntil', new RetryOptions(25, 3), { attempt: 3 });
    const results: unknown[] = [];
    for (const task of [vain, good]) {
      try {
        results.push(yield task);
      } catch (error) {
        results.push((error as Error).message);
      }
    }
    return [...results, yield df.callActivity('echo', 'after')];
  },
  *reused({ df }) {
    const slow = df.callActivity('echo', 'slow');
    const retried = df.callActivityWithRetry('failUntil', new RetryOptions(5, 4), { attempt: 3 });
    yield df.Task.any([slow, retried]);
    yield df.Task.any([df.callActivity('echo', 'second'), df.Task.all([slow, retried])]);
    const all: unknown = yield df.Task.all([slow, retried, df.callActivity('echo', 'third')]);
    return [all, yield df.callActivity('echo', 'last')];
  },
  *timerAndEvents({ df }) {
    const timer = df.createTimer(new Date(df.currentUtcDateTime.getTime() + 1_000));
    const first: unknown = yield df.waitForExternalEvent('a');
    const rest: unknown = yield df.Task.all([df.waitForExternalEvent('b'), timer, df.callActivity('echo', first)]);
    return [first, rest];
  },
  *continuing({ df }) {
    const seen = df.getInput<string[] | undefined>() ?? [];
    const next: string = yield df.waitForExternalEvent('a');
    yield df.callActivity('echo', next);
    if (seen.length === 1) return [...seen, next];
    df.continueAsNew([...seen, next]);
    return undefined;
  },
};

/** Takes what `choices` says as long as it says something, then always the first thing. */
async function runToEnd(simulation: Simulation, choices: readonly number[]): Promise<void> {
  const events: [string, unknown][] = [
    ['a', 'A'],
    ['b', 'B'],
    ['a', 'C'],
  ];
  for (let turn = 0; !isFinished(simulation.instance.record); turn++) {
    const moves: (() => unknown)[] = simulation.openTasks().map((task) => () => simulation.end(task));
    if (simulation.isRunnable()) moves.push(() => simulation.runEpisode());
    const event = events[0];
    if (event) moves.push(() => (events.shift(), simulation.raise(...event)));
    if (moves.length === 0 || turn > 500) throw new Error('the orchestration is stuck');
    const choice = choices[turn] ?? 0;
    if (choice % 7 === 6) simulation.reload();
    await moves[choice % moves.length]?.();
  }
}

describe('every interleaving', () => {
  it.each(Object.keys(orchestrators))('of %s ends the same', async (name) => {
    const orchestrator = orchestrators[name];
    const inOrder = simulate(orchestrator, null, activities);
    await runToEnd(inOrder, []);
    const { status, output } = inOrder.instance.record;
    expect(status).toBe('Completed');

    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1_000), { maxLength: 60 }), async (choices) => {
        const simulation = simulate(orchestrator, null, activities);
        await runToEnd(simulation, choices);
        const { record, history } = simulation.instance;
        expect({ status: record.status, output: record.output }).toEqual({ status, output });
        const ids = history.filter(isScheduling).map(({ EventId }) => EventId);
        expect(ids).toEqual(ids.map((_, index) => index));
      }),
      { numRuns: 150 },
    );
  });
});
