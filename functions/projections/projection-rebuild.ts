// The orchestration of a rebuild: step after step, each handing its small state on, and a new history every so many.
import { app as durable, RetryOptions, type Task } from 'durable-functions';
import { graceMs, rebuildStep, type RebuildState } from '../../shared/projections/rebuild.ts';

export const projectionRebuild = 'projection-rebuild';
const step = 'rebuild-step';
const stepsAHistory = 50;

/** Storage that is down is waited for: 1, 2, 4 … 30 s, for hours. */
const retry = new RetryOptions(1_000, 500);
retry.backoffCoefficient = 2;
retry.maxRetryIntervalInMilliseconds = 30_000;

durable.orchestration(projectionRebuild, function* (context): Generator<Task, RebuildState | undefined, RebuildState> {
  let state = context.df.getInput<RebuildState>();
  for (let steps = 0; steps < stepsAHistory && state !== undefined && state.phase !== 'done'; steps += 1) {
    if (state.phase === 'swapped')
      yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + graceMs));
    state = yield context.df.callActivityWithRetry(step, retry, state);
  }
  if (state !== undefined && state.phase !== 'done') context.df.continueAsNew(state);
  return state;
});

durable.activity(step, {
  handler: async (state: RebuildState) => {
    const { rebuildPorts } = await import('./project-orders.ts');
    return await rebuildStep(rebuildPorts, state);
  },
});
