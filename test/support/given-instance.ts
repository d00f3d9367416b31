// Instances of the task hub in the states tests begin with.
import { beginEpisode, endEpisode } from '../../local/task-hub/episode.ts';
import { type Instance, type InstanceRecord, applyStep, emptyInstance } from '../../local/task-hub/instance.ts';
import type { HistoryEvent } from '../../local/durable-protocol/history-event.ts';
import { type Past, emptyPast, extend } from '../../local/host/durable/past.ts';
import type { EpisodePlan, PlannedTask } from '../../local/durable-protocol/work.ts';
import { startInstance } from '../../local/task-hub/start-instance.ts';

/** A history as a host has it. */
export function played(events: readonly HistoryEvent[]): Past {
  const past = emptyPast();
  extend(past, events, true);
  return past;
}

/** A plan that does nothing but what `parts` say. */
export function plan(parts: Partial<EpisodePlan> = {}): EpisodePlan {
  return { tasks: [], cancelledTimers: [], awaitedEvents: {}, customStatus: null, ...parts };
}

/** Started at 0 as execution e1; its orchestrator has not run yet. */
export function startedInstance(more: Partial<InstanceRecord> = {}): Instance {
  const request = { instanceId: 'i', name: 'orchestrator', input: '"in"' };
  const step = startInstance(undefined, request, { nowMs: 0, freshExecutionId: 'e1' });
  if (!step) throw new Error('the instance did not start');
  const instance = emptyInstance(step.record);
  applyStep(instance, { ...step, record: { ...step.record, ...more } });
  return instance;
}

/** Runs an episode at `nowMs` whose orchestrator answers with `answer`. */
export function runEpisode(instance: Instance, answer: EpisodePlan, nowMs = 0): void {
  const episode = beginEpisode(instance, nowMs);
  if (!episode) throw new Error('there is nothing to run');
  applyStep(instance, endEpisode(instance, episode, answer, { nowMs, freshExecutionId: 'next' }));
}

/** After its first episode, at 0, which scheduled `tasks`. */
export function instanceThatScheduled(tasks: readonly PlannedTask[]): Instance {
  const instance = startedInstance();
  runEpisode(instance, plan({ tasks }));
  return instance;
}
