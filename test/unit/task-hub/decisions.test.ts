import { describe, expect, it } from 'vitest';
import { closeActivity, closeSubOrchestration, fireTimer } from '../../../local/task-hub/close-task.ts';
import { unconsumed } from '../../../local/task-hub/conclude.ts';
import { raiseEvent, resume, suspend, terminate } from '../../../local/task-hub/control.ts';
import { beginEpisode, endEpisode } from '../../../local/task-hub/episode.ts';
import { eventType, happened } from '../../../local/durable-protocol/history-event.ts';
import { type Instance, type Step, applyStep, isRunnable } from '../../../local/task-hub/instance.ts';
import type { ActivityOutcome, Outcome, PlannedTask } from '../../../local/durable-protocol/work.ts';
import { startInstance } from '../../../local/task-hub/start-instance.ts';
import { instanceThatScheduled, plan, runEpisode, startedInstance } from '../../support/given-instance.ts';

const later = { nowMs: 5_000, freshExecutionId: 'e2' };
const activity = (taskId: number): PlannedTask => ({ taskId, kind: 'activity', name: 'a', input: 'null' });
const timer = (taskId: number, fireAtMs = 1_000): PlannedTask => ({ taskId, kind: 'timer', fireAtMs });
const completed: ActivityOutcome = { kind: 'completed', result: '1' };
const done: Outcome = { kind: 'completed', output: '"out"' };
const parent = { instanceId: 'p', executionId: 'pe', taskId: 7 };

function apply(instance: Instance, step: Step | undefined): Step {
  if (!step) throw new Error('the decision was refused');
  applyStep(instance, step);
  return step;
}

const request = { instanceId: 'i', name: 'orchestrator', input: null };

describe('start', () => {
  it('is refused while an instance of the id is there and has not finished', () => {
    const { record } = startedInstance();
    expect(startInstance(record, request, later)).toBeUndefined();
    expect(startInstance({ ...record, status: 'Suspended' }, request, later)).toBeUndefined();
  });

  it.each(['Completed', 'Failed', 'Terminated'] as const)('takes the id of an instance that is %s again', (status) => {
    const { record } = startedInstance();
    const step = startInstance({ ...record, status }, request, later);
    expect(step).toMatchObject({ restart: true, record: { executionId: 'e2', status: 'Pending', output: null } });
  });
});

describe('an episode', () => {
  it('sees OrchestratorStarted and then what has arrived, in order', () => {
    const instance = startedInstance();
    apply(instance, raiseEvent(instance, 'first', '1', later));
    apply(instance, raiseEvent(instance, 'second', '2', later));
    expect(beginEpisode(instance, 9)?.fresh.map(({ EventType }) => EventType)).toEqual([
      eventType.orchestratorStarted,
      eventType.executionStarted,
      eventType.eventRaised,
      eventType.eventRaised,
    ]);
  });

  it('leaves to the next what arrives while it runs', () => {
    const instance = startedInstance();
    const episode = beginEpisode(instance, 0);
    if (!episode) throw new Error('there is nothing to run');
    apply(instance, raiseEvent(instance, 'meanwhile', '1', later));
    apply(instance, endEpisode(instance, episode, plan({ tasks: [activity(0)] }), later));
    expect(instance.inbox.map(({ event }) => event)).toMatchObject([{ Name: 'meanwhile' }]);
    expect(isRunnable(instance)).toBe(true);
  });

  it('does not open a timer that was cancelled in the same breath, and closes one cancelled later', () => {
    const instance = startedInstance();
    runEpisode(instance, plan({ tasks: [timer(0), timer(1), activity(2)], cancelledTimers: [0] }));
    expect([...instance.open.keys()]).toEqual([1, 2]);
    apply(instance, closeActivity(instance, { executionId: 'e1', taskId: 2 }, completed, later));
    runEpisode(instance, plan({ cancelledTimers: [0, 1] }));
    expect(instance.open.size).toBe(0);
  });

  it('whose task ids do not follow on the history fails the instance', () => {
    const instance = startedInstance();
    runEpisode(instance, plan({ tasks: [activity(3)] }));
    expect(instance.record.status).toBe('Failed');
    expect(instance.record.output).toMatch(/counted task 3 where the task hub counts on from 0/);
  });

  it('starts a sub-orchestration under an id that is the same again', () => {
    const instance = startedInstance();
    const episode = beginEpisode(instance, 0);
    if (!episode) throw new Error('there is nothing to run');
    const child: PlannedTask = { taskId: 0, kind: 'sub-orchestration', name: 'child', input: '1' };
    const once = endEpisode(instance, episode, plan({ tasks: [child] }), later);
    expect(once.messages).toEqual(endEpisode(instance, episode, plan({ tasks: [child] }), later).messages);
    expect(once.messages).toMatchObject([{ kind: 'start-child', to: 'e1:0', parent: { instanceId: 'i', taskId: 0 } }]);
  });
});

describe('an orchestrator that has returned', () => {
  it('leaves its instance Running until its last task has ended', () => {
    const instance = startedInstance();
    runEpisode(instance, plan({ tasks: [activity(0), timer(1)], outcome: done }));
    expect(instance.record.status).toBe('Running');
    apply(instance, fireTimer(instance, { executionId: 'e1', taskId: 1 }, later));
    expect(instance.record.status).toBe('Running');
    expect(isRunnable(instance)).toBe(false);
    apply(instance, closeActivity(instance, { executionId: 'e1', taskId: 0 }, completed, later));
    expect(instance.record).toMatchObject({ status: 'Completed', output: '"out"' });
    expect(instance.record).not.toHaveProperty('pendingOutcome');
  });

  it('does not wait for an attempt that was to be made again', () => {
    const instance = startedInstance();
    runEpisode(instance, plan({ tasks: [activity(0)] }));
    const retries = { taskId: 5, kind: 'activity', name: 'a', input: 'null' } as const;
    applyStep(instance, { opened: [{ taskId: 1, kind: 'timer', fireAtMs: 9, retries }] });
    apply(instance, closeActivity(instance, { executionId: 'e1', taskId: 0 }, completed, later));
    runEpisode(instance, plan({ outcome: done }));
    expect(instance.record.status).toBe('Completed');
  });

  it('tells its parent how it ended', () => {
    const instance = startedInstance({ parent });
    const episode = beginEpisode(instance, 0);
    if (!episode) throw new Error('there is nothing to run');
    const step = apply(instance, endEpisode(instance, episode, plan({ outcome: done }), later));
    expect(step.messages).toMatchObject([{ kind: 'child-finished', to: 'p', parent, outcome: done }]);
  });

  it('that failed for good frees what was open', () => {
    const instance = startedInstance();
    const outcome = { kind: 'failed', message: 'not deterministic', abandonsTasks: true } as const;
    runEpisode(instance, plan({ tasks: [timer(0)], customStatus: '"half way"' }));
    apply(instance, raiseEvent(instance, 'go', 'null', later));
    runEpisode(instance, { tasks: [], cancelledTimers: [], awaitedEvents: {}, outcome });
    expect(instance.record).toMatchObject({ status: 'Failed', customStatus: '"half way"' });
    expect(instance.open.size).toBe(0);
  });
});

describe('continueAsNew', () => {
  it('begins a new execution with its input and the events not consumed', () => {
    const instance = startedInstance();
    for (const [name, data] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ] as const)
      apply(instance, raiseEvent(instance, name, data, later));
    const outcome = { kind: 'continued-as-new', input: '"next"' } as const;
    runEpisode(instance, plan({ outcome, awaitedEvents: { a: 1 }, customStatus: '"kept"' }));
    expect(instance.record).toMatchObject({ executionId: 'next', status: 'Running', input: '"next"' });
    expect(instance.history).toEqual([]);
    expect(instance.nextTaskId).toBe(0);
    expect(instance.inbox.map(({ event }) => event)).toMatchObject([
      { EventType: eventType.executionStarted, Input: '"next"' },
      { Name: 'b', Input: '2' },
      { Name: 'a', Input: '3' },
    ]);
  });

  it('drops the results of the execution before', () => {
    const instance = instanceThatScheduled([activity(0)]);
    const stale = { executionId: 'e0', taskId: 0 };
    expect(closeActivity(instance, stale, completed, later)).toBeUndefined();
  });

  it('keeps in order what arrives while open tasks hold it up', () => {
    const instance = startedInstance();
    apply(instance, raiseEvent(instance, 'a', '1', later));
    runEpisode(instance, plan({ tasks: [activity(0)], outcome: { kind: 'continued-as-new', input: 'null' } }));
    apply(instance, raiseEvent(instance, 'a', '2', later));
    apply(instance, closeActivity(instance, { executionId: 'e1', taskId: 0 }, completed, later));
    expect(instance.inbox.map(({ event }) => event)).toMatchObject([{ EventType: 0 }, { Input: '1' }, { Input: '2' }]);
    expect(isRunnable(instance)).toBe(true);
  });
});

describe('a result', () => {
  it('counts once', () => {
    const instance = instanceThatScheduled([activity(0)]);
    apply(instance, closeActivity(instance, { executionId: 'e1', taskId: 0 }, completed, later));
    expect(closeActivity(instance, { executionId: 'e1', taskId: 0 }, completed, later)).toBeUndefined();
    expect(instance.inbox).toHaveLength(1);
  });

  it('of another kind of task changes nothing', () => {
    const instance = instanceThatScheduled([timer(0)]);
    expect(closeActivity(instance, { executionId: 'e1', taskId: 0 }, completed, later)).toBeUndefined();
    expect(
      closeSubOrchestration(instance, { executionId: 'e1', taskId: 0 }, { kind: 'completed', output: '1' }, later),
    ).toBeUndefined();
  });

  it('for an instance that was terminated changes nothing', () => {
    const instance = instanceThatScheduled([activity(0)]);
    apply(instance, terminate(instance, 'enough', later));
    expect(closeActivity(instance, { executionId: 'e1', taskId: 0 }, completed, later)).toBeUndefined();
  });
});

describe('suspend and resume', () => {
  it('hold back episodes, not arrivals', () => {
    const instance = instanceThatScheduled([activity(0)]);
    apply(instance, suspend(instance, later));
    apply(instance, closeActivity(instance, { executionId: 'e1', taskId: 0 }, completed, later));
    expect(beginEpisode(instance, 0)).toBeUndefined();
    apply(instance, resume(instance, later));
    expect(beginEpisode(instance, 0)?.fresh).toHaveLength(2);
  });

  it('before the first episode go back to Pending', () => {
    const instance = startedInstance();
    apply(instance, suspend(instance, later));
    apply(instance, resume(instance, later));
    expect(instance.record.status).toBe('Pending');
  });

  it('of an instance that has finished are refused', () => {
    const instance = startedInstance({ status: 'Completed' });
    for (const decide of [suspend, resume]) expect(decide(instance, later)).toBeUndefined();
  });
});

describe('terminate', () => {
  it('ends the instance with the reason, closes its tasks and tells its parent', () => {
    const instance = startedInstance({ parent });
    runEpisode(instance, plan({ tasks: [activity(0), timer(1)] }));
    apply(instance, raiseEvent(instance, 'unheard', '1', later));
    const step = apply(instance, terminate(instance, 'enough', later));
    expect(instance.record).toMatchObject({ status: 'Terminated', output: '"enough"' });
    expect(instance.open.size + instance.inbox.length).toBe(0);
    expect(step.messages).toMatchObject([{ kind: 'child-finished', outcome: { kind: 'failed' } }]);
  });
});

describe('unconsumed', () => {
  it('are the events beyond the waits for their name', () => {
    const raised = (Name: string, Input: string) => happened(0, { EventType: eventType.eventRaised, Name, Input });
    const events = [raised('a', '1'), raised('b', '1'), raised('a', '2'), raised('a', '3')];
    expect(unconsumed(events, { a: 2 })).toEqual([raised('b', '1'), raised('a', '3')]);
    expect(unconsumed(events, {})).toEqual(events);
  });
});
