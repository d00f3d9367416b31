// The history of an instance, kept as JSON and replayed against the code of today: would an instance that began with the code
// of then go on? As Temporal replays histories: https://docs.temporal.io/develop/typescript/testing-suite#replay
import type { HistoryEvent } from '../durable-protocol/history-event.ts';
import type { EpisodePlan } from '../durable-protocol/work.ts';
import { hasTrigger } from '../host/binding-kinds.ts';
import { emptyPast, extend } from '../host/durable/past.ts';
import { describePlan } from '../host/durable/planned-task.ts';
import { runOrchestrator } from '../host/durable/run-orchestrator.ts';
import { appOfProcess } from './app-of-process.ts';
import type { Local } from './start-local.ts';

/** Plain JSON: to be written to a file and read again. */
export interface RecordedHistory {
  readonly instanceId: string;
  readonly name: string;
  readonly parentInstanceId: string | null;
  readonly status: string;
  readonly history: readonly HistoryEvent[];
}

/** Of an instance that has finished, or runs; after continueAsNew, of its latest execution. @throws Error when there is none */
export async function recordHistory({ hub }: Pick<Local, 'hub'>, instanceId: string): Promise<RecordedHistory> {
  return hub.instances.withInstance(instanceId, async (instance) => {
    if (!instance) throw new Error(`There is no instance '${instanceId}'.`);
    const { name, parent, status } = instance.record;
    const parentInstanceId = parent?.instanceId ?? null;
    return { instanceId, name, parentInstanceId, status, history: [...instance.history] };
  });
}

/** The wait between polls of an HTTP call; no plan is compared by it. */
const pollDelayMs = 30_000;

/**
 * Replays as the host does; no activity runs.
 * @param app folder of the built app, which this process loads, or has loaded by startLocal
 * @throws Error naming the first step that is another now, or how the end is another
 */
export async function replayHistory(recorded: RecordedHistory, { app }: { readonly app: string }): Promise<void> {
  const { instanceId, name } = recorded;
  const { functions, invoke } = await appOfProcess(app);
  const fn = functions.find(
    (each) => hasTrigger(each, 'orchestrationTrigger') && each.name.toLowerCase() === name.toLowerCase(),
  );
  if (!fn) throw new Error(`History of '${instanceId}': the app has no orchestrator '${name}' any more.`);
  const past = emptyPast();
  extend(past, recorded.history, true);
  const plan = await runOrchestrator(recorded, past, fn, { invoke, settings: { pollDelayMs } });
  const difference = differenceOf(plan, recorded.status);
  if (difference !== undefined) throw new Error(`History of '${instanceId}': ${difference}`);
}

const ends: Readonly<Record<string, string>> = { Completed: 'completed', Failed: 'failed' };

function differenceOf({ outcome, tasks }: EpisodePlan, status: string): string | undefined {
  if (outcome?.kind === 'failed' && outcome.abandonsTasks) return outcome.message;
  const [next] = tasks;
  if (next)
    return `where it ${ended(status)} the orchestrator now schedules task ${next.taskId}: ${describePlan(next)}.`;
  const end = ends[status];
  if (end === undefined || outcome?.kind === end) return undefined;
  const now = outcome === undefined ? 'waits for something more' : describeOutcome(outcome);
  return `where it ${ended(status)} the orchestrator now ${now}.`;
}

function ended(status: string): string {
  return status in ends ? `ended (${status})` : 'stood when it was recorded';
}

function describeOutcome(outcome: NonNullable<EpisodePlan['outcome']>): string {
  return outcome.kind === 'failed' ? `fails: ${outcome.message}` : `has ${outcome.kind}`;
}
