// What a worker does with a piece of work: the app's function for it is run, and the result goes to the hub.
import type { HistoryEvent } from '../../durable-protocol/history-event.ts';
import {
  type ActivityOutcome,
  type ActivityResult,
  type ActivityWork,
  type EntityWork,
  type EpisodePlan,
  type EpisodeResult,
  type HistoryRequest,
  type OrchestrationWork,
  type Work,
  type WorkKind,
  type WorkResult,
  httpActivity,
} from '../../durable-protocol/work.ts';
import type { Invoke, LoadedFunction } from '../function-app.ts';
import { entityNameOf } from './durable-actions.ts';
import type { HubClient } from './hub-client.ts';
import { type Past, PastCache, emptyPast, extend, markPlayed } from './past.ts';
import { failedPlan } from './plan-episode.ts';
import type { PlanSettings } from './planned-task.ts';
import { activityFailure, runActivity } from './run-activity.ts';
import { failedBatch, runEntity } from './run-entity.ts';
import { runHttp } from './run-http.ts';
import { runOrchestrator } from './run-orchestrator.ts';

/** The functions of the app by their names in lower case. */
export type DurableFunctions = Readonly<Record<WorkKind, ReadonlyMap<string, LoadedFunction>>>;

export interface RunWorkOptions {
  readonly functions: DurableFunctions;
  readonly invoke: Invoke;
  readonly hub: HubClient;
  readonly settings: PlanSettings;
}

/** Undefined: the lease has run out. */
export type RunWork = (work: Work) => Promise<WorkResult | undefined>;

export function durableFunctions(functions: readonly LoadedFunction[]): DurableFunctions {
  const withTrigger = (type: string) =>
    new Map(
      functions.filter(({ trigger }) => trigger.type.toLowerCase() === type).map((fn) => [fn.name.toLowerCase(), fn]),
    );
  return {
    orchestration: withTrigger('orchestrationtrigger'),
    activity: withTrigger('activitytrigger'),
    entity: withTrigger('entitytrigger'),
  };
}

export function createRunWork(options: RunWorkOptions): RunWork {
  const pasts = new PastCache();
  return (work) => {
    switch (work.of) {
      case 'orchestration':
        return episode(work, pasts, options);
      case 'activity':
        return activity(work, options);
      case 'entity':
        return batch(work, options);
    }
  };
}

async function episode(
  work: OrchestrationWork,
  pasts: PastCache,
  options: RunWorkOptions,
): Promise<EpisodeResult | undefined> {
  const { leaseId, instanceId } = work;
  const plan = await planOf(work, pasts, options);
  return plan && { of: 'orchestration', leaseId, instanceId, ...plan };
}

async function planOf(
  work: OrchestrationWork,
  pasts: PastCache,
  { functions, invoke, hub, settings }: RunWorkOptions,
): Promise<EpisodePlan | undefined> {
  const fn = functions.orchestration.get(work.name.toLowerCase());
  if (!fn) return failedPlan(absent(work.name, 'an orchestrator'));
  const past = await pastOf(work, pasts, hub).catch(() => undefined);
  if (!past) return undefined;
  extend(past, work.fresh, false);
  const plan = await runOrchestrator(work, past, fn, { invoke, settings });
  markPlayed(past);
  if (!plan.outcome) pasts.keep(work.instanceId, work.leaseId, past);
  return plan;
}

/** @throws Error when the hub does not give it: the lease has run out */
async function pastOf(work: OrchestrationWork, pasts: PastCache, hub: HubClient): Promise<Past> {
  const { leaseId, instanceId, pastLength } = work;
  const kept = pasts.take(work);
  const past = kept ?? emptyPast();
  if (kept) extend(past, work.past, true);
  while (past.length < pastLength) {
    const request: HistoryRequest = { leaseId, instanceId, from: past.length };
    extend(past, (await hub.post('history', request)) as readonly HistoryEvent[], true);
  }
  return past;
}

async function activity(work: ActivityWork, options: RunWorkOptions): Promise<ActivityResult> {
  const { leaseId, instanceId, executionId, taskId } = work;
  const outcome = await outcomeOf(work, options);
  return { of: 'activity', leaseId, instanceId, executionId, taskId, outcome };
}

async function outcomeOf(work: ActivityWork, { functions, invoke }: RunWorkOptions): Promise<ActivityOutcome> {
  if (work.name === httpActivity) return runHttp(work);
  const fn = functions.activity.get(work.name.toLowerCase());
  return fn ? runActivity(work, fn, invoke) : activityFailure(work.name, absent(work.name, 'an activity'));
}

async function batch(work: EntityWork, { functions, invoke }: RunWorkOptions) {
  const { name } = entityNameOf(work.entityId);
  const fn = functions.entity.get(name);
  return fn ? runEntity(work, fn, invoke) : failedBatch(work, absent(name, 'an entity'));
}

function absent(name: string, kind: string): string {
  return `the function '${name}' doesn't exist, is disabled, or is not ${kind} function.`;
}
