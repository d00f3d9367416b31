import { describe, expect, it } from 'vitest';
import { type DurableAction, type OrchestratorState, actionType } from '../../../local/host/durable/durable-actions.ts';
import { played } from '../../support/given-instance.ts';
import { planEpisode } from '../../../local/host/durable/plan-episode.ts';
import { type HistoryEvent, eventType, timestamp } from '../../../local/durable-protocol/history-event.ts';

const activity = (functionName: string, input?: unknown): DurableAction => ({
  actionType: actionType.callActivity,
  functionName,
  input,
});
const timer = (isCanceled = false): DurableAction => ({
  actionType: actionType.createTimer,
  fireAt: new Date(1_000),
  isCanceled,
});
const wait = (externalEventName: string): DurableAction => ({
  actionType: actionType.waitForExternalEvent,
  externalEventName,
});
const all = (...compoundActions: DurableAction[]): DurableAction => ({
  actionType: actionType.whenAll,
  compoundActions,
});
const any = (...compoundActions: DurableAction[]): DurableAction => ({
  actionType: actionType.whenAny,
  compoundActions,
});

const scheduled = (EventId: number, Name: string, RetryOf?: number): HistoryEvent => ({
  EventType: eventType.taskScheduled,
  EventId,
  Timestamp: timestamp(0),
  Name,
  Input: 'null',
  ...(RetryOf !== undefined && { RetryOf }),
});
const timerCreated = (EventId: number, RetryOf?: number): HistoryEvent => ({
  EventType: eventType.timerCreated,
  EventId,
  Timestamp: timestamp(0),
  FireAt: timestamp(0),
  ...(RetryOf !== undefined && { RetryOf }),
});

function planOf(
  actions: readonly DurableAction[],
  {
    history = [],
    state = {},
    hasThrown = false,
  }: {
    history?: readonly HistoryEvent[];
    state?: Partial<OrchestratorState>;
    hasThrown?: boolean;
  } = {},
) {
  return planEpisode({
    name: 'o',
    scheduled: played(history).scheduled,
    hasThrown,
    settings: { pollDelayMs: 1 },
    state: { isDone: false, actions: [actions], ...state },
  });
}

const named = (plan: ReturnType<typeof planOf>) =>
  plan.tasks.map((task) => [task.taskId, 'name' in task ? task.name : task.kind]);

describe('ids', () => {
  it('count tasks in order, depth first through compounds, and not events', () => {
    const plan = planOf([activity('a'), all(activity('b'), any(wait('e'), activity('c')), timer()), activity('d')]);
    expect(named(plan)).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
      [3, 'timer'],
      [4, 'd'],
    ]);
    expect(plan.awaitedEvents).toEqual({ e: 1 });
  });

  it('are given once to a task that reappears, alone or inside a compound that does', () => {
    const reused = activity('a');
    const pair = all(reused, activity('b'));
    expect(named(planOf([any(reused, activity('x')), any(reused, pair), all(pair, activity('x'))]))).toEqual([
      [0, 'a'],
      [1, 'x'],
      [2, 'b'],
      [3, 'x'],
    ]);
  });

  it('go around those that retries took', () => {
    const history = [scheduled(0, 'a'), timerCreated(1, 0), scheduled(2, 'a', 0), scheduled(3, 'b')];
    expect(named(planOf([activity('a'), activity('b'), activity('c')], { history }))).toEqual([[4, 'c']]);
  });
});

describe('inputs', () => {
  it('that are text are JSON already; nothing is null', () => {
    const inputs = planOf([activity('a', '"text"'), activity('b', { n: 1 }), activity('c')]).tasks;
    expect(inputs.map((task) => task.kind === 'activity' && task.input)).toEqual(['"text"', '{"n":1}', 'null']);
  });

  it('that have no JSON fail the instance', () => {
    expect(planOf([activity('a', { big: 1n })]).outcome).toMatchObject({ kind: 'failed', abandonsTasks: true });
  });

  it('of a sub-orchestration are encoded here, and a timer must have a time', () => {
    const child = { actionType: actionType.callSubOrchestrator, functionName: 'child', input: 'text', instanceId: 'c' };
    expect(planOf([child]).tasks).toEqual([
      { taskId: 0, kind: 'sub-orchestration', name: 'child', input: '"text"', instanceId: 'c' },
    ]);
    const timeless = { actionType: actionType.createTimer, fireAt: new Date(Number.NaN) };
    expect(planOf([timeless]).outcome).toMatchObject({ message: expect.stringContaining('invalid Date') as string });
  });
});

describe('cancelled timers', () => {
  it('are told even when they were scheduled long ago', () => {
    const history = [timerCreated(0), scheduled(1, 'a')];
    expect(planOf([timer(true), activity('a')], { history })).toMatchObject({ tasks: [], cancelledTimers: [0] });
  });
});

describe('a replay that does not fit its history', () => {
  it.each([
    [
      'another activity',
      [activity('b')],
      /task 0 was a call of activity 'a', and in the replay it is a call of activity 'b'/,
    ],
    ['a timer in its place', [timer()], /task 0 was a call of activity 'a', and in the replay it is a timer/],
    ['nothing', [], /task 0 was a call of activity 'a', and in the replay it is nothing/],
  ])('because it schedules %s fails the instance by name', (_, actions, message) => {
    const { outcome, tasks } = planOf(actions, { history: [scheduled(0, 'a')] });
    expect(outcome).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(message) as string,
      abandonsTasks: true,
    });
    expect(tasks).toEqual([]);
  });

  const sent = (Request: 'call' | 'lock', InstanceId: string, Name: string): HistoryEvent => {
    const when = { EventId: 0, Timestamp: timestamp(0) };
    return { ...when, EventType: eventType.eventSent, InstanceId, Name, Request, Input: '{}' };
  };
  const callEntity = (instanceId: string, operation: string) => ({
    actionType: actionType.callEntity,
    instanceId,
    operation,
  });
  const lockOf = (...keys: string[]) => ({
    actionType: actionType.lockEntities,
    lockSet: keys.map((key) => ({ name: 'counter', key })),
  });

  it.each([
    ['a call of an entity', sent('call', '@counter@a', 'get'), callEntity('@counter@a', 'get'), /it fits/],
    [
      'another operation',
      sent('call', '@counter@a', 'get'),
      callEntity('@counter@a', 'add'),
      /was a call 'get' to entity '@counter@a', and in the replay it is a call 'add' to entity '@counter@a'/,
    ],
    [
      'another entity',
      sent('call', '@counter@a', 'get'),
      callEntity('@counter@b', 'get'),
      /was a call 'get' to entity '@counter@a', and in the replay it is a call 'get' to entity '@counter@b'/,
    ],
    ['a lock', sent('lock', '@counter@a @counter@b', 'lock'), lockOf('a', 'b'), /it fits/],
    [
      'a lock of fewer',
      sent('lock', '@counter@a @counter@b', 'lock'),
      lockOf('a'),
      /was a lock of entity '@counter@a @counter@b', and in the replay it is a lock of entity '@counter@a'/,
    ],
    [
      'a lock in place of a call',
      sent('call', '@counter@a', 'get'),
      lockOf('a'),
      /was a call 'get' to entity '@counter@a', and in the replay it is a lock of entity '@counter@a'/,
    ],
  ])('compares entities too: %s', (_, known, action, message) => {
    const { outcome, tasks } = planOf([action], { history: [known] });
    expect(tasks).toEqual([]);
    expect(outcome?.kind === 'failed' ? outcome.message : 'it fits').toMatch(message);
  });

  it('is named together with what the orchestrator then threw', () => {
    const { outcome } = planOf([], {
      history: [scheduled(0, 'a')],
      hasThrown: true,
      state: { error: 'undefined is not' },
    });
    expect(outcome).toMatchObject({
      message: expect.stringMatching(/not deterministic.*then threw: undefined is not/) as string,
    });
  });
});

describe('an orchestrator that threw', () => {
  it('fails with its error, and what it had scheduled is done all the same', () => {
    const plan = planOf([activity('a')], { hasThrown: true, state: { error: 'boom' } });
    expect(named(plan)).toEqual([[0, 'a']]);
    expect(plan.outcome).toEqual({ kind: 'failed', message: 'boom' });
  });

  it('is not taken for changed because a task reappears in its compounds', () => {
    const history = [scheduled(0, 'a'), scheduled(1, 'x')];
    const plan = planOf([any(activity('a'), activity('x')), any(activity('a'), activity('y'))], {
      history,
      hasThrown: true,
    });
    expect(named(plan)).toEqual([[2, 'y']]);
    expect(plan.outcome).toMatchObject({ kind: 'failed' });
  });
});

describe('the outcome', () => {
  it('is none while the orchestrator waits, its output when it is done, an input when it continues as new', () => {
    expect(planOf([wait('e')]).outcome).toBeUndefined();
    expect(planOf([], { state: { isDone: true, output: { a: 1 } } }).outcome).toEqual({
      kind: 'completed',
      output: '{"a":1}',
    });
    expect(planOf([], { state: { isDone: true } }).outcome).toEqual({ kind: 'completed', output: 'null' });
    const again = { actionType: actionType.continueAsNew, input: '"next"' };
    expect(planOf([again], { state: { isDone: true } }).outcome).toEqual({ kind: 'continued-as-new', input: '"next"' });
  });

  it('of an action nobody knows is a failure', () => {
    expect(planOf([{ actionType: 99 }]).outcome).toMatchObject({
      message: expect.stringContaining('Action type 99') as string,
    });
  });
});
