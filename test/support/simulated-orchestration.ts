// An orchestrator of the real durable-functions on the hub's pure core, without store, clock or network: the test says
// what happens next. Activities are functions here.
import { createRequire } from 'node:module';
import type { RetryOptions as DurableRetryOptions } from 'durable-functions';
import type { LoadedFunction } from '../../local/host/function-app.ts';
import { extend } from '../../local/host/durable/past.ts';
import { runOrchestrator } from '../../local/host/durable/run-orchestrator.ts';
import { closeActivity, fireTimer } from '../../local/task-hub/close-task.ts';
import { raiseEvent } from '../../local/task-hub/control.ts';
import { type Episode, beginEpisode, endEpisode } from '../../local/task-hub/episode.ts';
import {
  type Instance,
  type Moment,
  type OpenTask,
  type Step,
  applyStep,
  emptyInstance,
  isRunnable,
} from '../../local/task-hub/instance.ts';
import type { ActivityOutcome, EpisodePlan } from '../../local/durable-protocol/work.ts';
import { advancePolicies } from '../../local/task-hub/call-policy.ts';
import { startInstance } from '../../local/task-hub/start-instance.ts';
import { played } from './given-instance.ts';

const require = createRequire(import.meta.url);

type Replay = (input: unknown, context: object) => Promise<unknown>;
const { Orchestrator } = require('durable-functions/lib/src/orchestrations/Orchestrator.js') as {
  Orchestrator: new (generator: unknown) => { handle: Replay };
};
export const { RetryOptions } = require('durable-functions/lib/src/RetryOptions.js') as {
  RetryOptions: typeof DurableRetryOptions;
};

export type Activities = Readonly<Record<string, (input: unknown, attempt: number) => unknown>>;

export interface Simulation {
  readonly instance: Instance;
  /** Tasks that could end now. */
  openTasks(): OpenTask[];
  isRunnable(): boolean;
  runEpisode(): Promise<void>;
  /** Runs the activity, or lets the timer fire. */
  end(task: OpenTask): void;
  raise(name: string, data: unknown): void;
  /** As after a crash: the instance as it is read back from JSON. */
  reload(): void;
}

/** `generator` is the orchestrator function. */
export function simulate(generator: unknown, input: unknown, activities: Activities): Simulation {
  const attempts = new Map<string, number>();
  let nowMs = Date.UTC(2030, 0, 1);
  let executions = 0;
  const moment = (): Moment => ({ nowMs, freshExecutionId: `e${executions++}` });
  const request = { instanceId: 'i', name: 'simulated', input: JSON.stringify(input) };
  const started = startInstance(undefined, request, moment());
  if (!started) throw new Error('the instance did not start');
  let instance = emptyInstance(started.record);
  const apply = (step: Step | undefined) => step && applyStep(instance, step);
  apply(started);

  function outcomeOf(task: OpenTask & { kind: 'activity' }): ActivityOutcome {
    const key = `${task.name} ${task.input}`;
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    try {
      const result: unknown = activities[task.name]?.(JSON.parse(task.input), attempt);
      return { kind: 'completed', result: JSON.stringify(result ?? null) };
    } catch (error) {
      const { message } = error as Error;
      return { kind: 'failed', Reason: message, Details: message };
    }
  }

  return {
    get instance() {
      return instance;
    },
    openTasks: () => [...instance.open.values()],
    isRunnable: () => isRunnable(instance),
    async runEpisode() {
      apply(advancePolicies(instance, moment()));
      const episode = beginEpisode(instance, nowMs);
      if (episode) apply(endEpisode(instance, episode, await planOf(generator, instance, episode), moment()));
    },
    end(task) {
      const reference = { executionId: instance.record.executionId, taskId: task.taskId };
      if (task.kind === 'timer') {
        nowMs = Math.max(nowMs, task.fireAtMs);
        apply(fireTimer(instance, reference, moment()));
      } else if (task.kind === 'activity') {
        const outcome = outcomeOf(task);
        apply(closeActivity(instance, reference, outcome, moment()));
        // Whoever ran it twice reports twice.
        apply(closeActivity(instance, reference, outcome, moment()));
      }
    },
    raise(name, data) {
      apply(raiseEvent(instance, name, JSON.stringify(data), moment()));
    },
    reload() {
      const { record, history, inbox, open } = instance;
      const read = JSON.parse(JSON.stringify({ record, history, arrived: inbox, opened: [...open.values()] })) as Step;
      instance = emptyInstance(record);
      apply(read);
    },
  };
}

async function planOf(generator: unknown, { record, history }: Instance, episode: Episode): Promise<EpisodePlan> {
  const orchestrator = new Orchestrator(generator);
  const { instanceId, name } = record;
  const past = played(history);
  extend(past, episode.fresh, false);
  return runOrchestrator({ instanceId, parentInstanceId: null }, past, { name } as LoadedFunction, {
    settings: { pollDelayMs: 30_000 },
    async invoke(call) {
      const raw = await orchestrator.handle(call.liveInput, {});
      call.onResult?.(raw);
      return { raw, returnValue: undefined, outputs: new Map() };
    },
  });
}
