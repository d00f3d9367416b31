// One episode through durable-functions. The orchestrator gets its input as live objects, not JSON: with `history` not
// enumerable and its times Dates, the library need not walk and parse the whole of it (measured: ten times faster).
import type { EpisodePlan, OrchestrationWork } from '../../durable-protocol/work.ts';
import type { Invoke, LoadedFunction } from '../function-app.ts';
import type { OrchestratorState } from './durable-actions.ts';
import type { Past } from './past.ts';
import { failedPlan, planEpisode } from './plan-episode.ts';
import type { PlanSettings } from './planned-task.ts';

/** How func words it for durable triggers. */
export const reason = '(null)';

export interface OrchestratorTools {
  readonly invoke: Invoke;
  readonly settings: PlanSettings;
}

/** `past` ends with the work's own events. */
export async function runOrchestrator(
  work: Pick<OrchestrationWork, 'instanceId' | 'parentInstanceId'>,
  past: Past,
  fn: LoadedFunction,
  { invoke, settings }: OrchestratorTools,
): Promise<EpisodePlan> {
  let state: unknown;
  let hasThrown = false;
  try {
    await invoke({
      fn,
      reason,
      data: { json: 'null' },
      liveInput: liveInput(work, past, settings),
      onResult: (raw) => {
        state = raw;
        return undefined;
      },
    });
  } catch (error) {
    hasThrown = true;
    state = stateInError(error as Error);
  }
  const { scheduled } = past;
  if (isState(state)) return planEpisode({ name: fn.name, scheduled, state, hasThrown, settings });
  return failedPlan(
    hasThrown ? String(state) : `'${fn.name}' is no orchestrator of durable-functions: it answered ${String(state)}.`,
  );
}

/** The library throws its state in the message; any other error is a text. */
function stateInError({ message }: Error): unknown {
  const label = '$OutOfProcData$:';
  const start = message.indexOf(label);
  if (start < 0) return message;
  try {
    return JSON.parse(message.slice(start + label.length));
  } catch {
    return message;
  }
}

function isState(value: unknown): value is OrchestratorState {
  return typeof value === 'object' && value !== null && Array.isArray((value as OrchestratorState).actions);
}

function liveInput(
  { instanceId, parentInstanceId }: Pick<OrchestrationWork, 'instanceId' | 'parentInstanceId'>,
  { input, live: history }: Past,
  { pollDelayMs }: PlanSettings,
): object {
  const live = {
    instanceId,
    isReplaying: history[0]?.IsPlayed === true,
    parentInstanceId,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: '3.00:00:00',
    // Differs from Azure: an orchestration's timer is one, however long; there the library makes several of one beyond 6 days.
    maximumShortTimerDuration: '10675199.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: pollDelayMs,
  };
  return Object.defineProperties(live, {
    history: { value: history, enumerable: false },
    // All the library looks for there is Timestamp.
    input: { value: input === null ? null : JSON.parse(input), enumerable: input?.includes('Timestamp') === true },
  });
}
