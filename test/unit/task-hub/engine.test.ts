// The hub at work on a store, under a clock that the test moves.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Store, openStore } from '../../../local/store/store.ts';
import { raiseEvent, terminate } from '../../../local/task-hub/control.ts';
import { Engine } from '../../../local/task-hub/engine.ts';
import {
  type ActivityWork,
  type EpisodePlan,
  type OrchestrationWork,
  type WorkKind,
  leaseMs,
} from '../../../local/durable-protocol/work.ts';
import { type FakeClock, createFakeClock } from '../../support/fake-clock.ts';
import { plan } from '../../support/given-instance.ts';
import { waitFor } from '../../support/wait-for.ts';

let store: Store;
let clock: FakeClock;
let engine: Engine;

beforeEach(async () => {
  store = await openStore({ ephemeral: true });
  clock = createFakeClock();
  engine = await startEngine();
});

afterEach(async () => {
  await engine.close();
  await store.close();
});

async function startEngine(): Promise<Engine> {
  const started = new Engine({ store, clock, log: () => {} });
  await started.recover();
  return started;
}

/** As after a kill: the next engine knows what is in the store. */
async function restart(): Promise<void> {
  await engine.close();
  engine = await startEngine();
}

const nobody = new AbortController().signal;

async function fetchAll<Work>(kind: WorkKind, workerId = 'w', max = 10): Promise<Work[]> {
  return (await engine.dispatcher.fetch({ workerId, kind, max, waitMs: 0 }, nobody)) as Work[];
}

const orchestrations = (workerId?: string) => fetchAll<OrchestrationWork>('orchestration', workerId);
const activities = (workerId?: string) => fetchAll<ActivityWork>('activity', workerId);

const start = (instanceId: string) => engine.start({ instanceId, name: 'o', input: null });

async function episode(answer: Partial<EpisodePlan>, workerId?: string): Promise<OrchestrationWork> {
  const [work] = await orchestrations(workerId);
  if (!work) throw new Error('there is no work');
  const { leaseId, instanceId } = work;
  expect(await engine.endEpisode({ of: 'orchestration', leaseId, instanceId, ...plan(answer) })).toBe(true);
  return work;
}

const endActivity = ({ leaseId, instanceId, executionId, taskId }: ActivityWork, result = '1') => {
  const outcome = { kind: 'completed', result } as const;
  return engine.endActivity({ of: 'activity', leaseId, instanceId, executionId, taskId, outcome });
};

const statusOf = (instanceId: string) =>
  engine.instances.withInstance(instanceId, async (instance) => instance?.record.status);

const task = { taskId: 0, kind: 'activity', name: 'a', input: '"in"' } as const;
const done = { kind: 'completed', output: '1' } as const;

describe('work', () => {
  it('goes to one worker at a time', async () => {
    await start('i');
    expect(await orchestrations('first')).toHaveLength(1);
    expect(await orchestrations('second')).toEqual([]);
  });

  it('goes to another worker when the first is not heard of for the length of a lease', async () => {
    await start('i');
    const [work] = await orchestrations('first');
    clock.advance(leaseMs);
    const [again] = await orchestrations('second');
    expect(again?.instanceId).toBe('i');
    expect(again?.leaseId).not.toBe(work?.leaseId);
  });

  it('stays with a worker that renews it', async () => {
    await start('i');
    const [work] = await orchestrations();
    for (let beat = 0; beat < 5; beat++) {
      clock.advance(leaseMs / 2);
      engine.dispatcher.renew({ leaseIds: [work?.leaseId ?? ''] });
    }
    expect(await orchestrations('second')).toEqual([]);
  });

  it('reaches a worker that waits for it, as soon as there is some', async () => {
    const waiting = engine.dispatcher.fetch({ workerId: 'w', kind: 'orchestration', max: 1, waitMs: 60_000 }, nobody);
    await start('i');
    expect(await waiting).toMatchObject([{ instanceId: 'i' }]);
  });

  it('is none when the wait is over or the worker gone', async () => {
    const request = { workerId: 'w', kind: 'orchestration', max: 1, waitMs: 60_000 } as const;
    const leaving = new AbortController();
    const gone = engine.dispatcher.fetch(request, leaving.signal);
    const late = engine.dispatcher.fetch(request, nobody);
    await statusOf('any');
    leaving.abort();
    expect(await gone).toEqual([]);
    clock.advance(60_000);
    expect(await late).toEqual([]);
  });
});

describe('a late result', () => {
  it('of an episode whose lease ran out changes nothing', async () => {
    await start('i');
    const [work] = await orchestrations('slow');
    clock.advance(leaseMs);
    await episode({ tasks: [task] }, 'quick');
    const late = {
      of: 'orchestration',
      leaseId: work?.leaseId ?? '',
      instanceId: 'i',
      ...plan({ outcome: done }),
    } as const;
    expect(await engine.endEpisode(late)).toBe(false);
    expect(await statusOf('i')).toBe('Running');
  });

  it('of an activity counts when it is the first all the same', async () => {
    await start('i');
    await episode({ tasks: [task] });
    const [slow] = await activities('slow');
    clock.advance(leaseMs);
    const [quick] = await activities('quick');
    if (!slow || !quick) throw new Error('there is no work');
    expect(await endActivity(slow, '"slow"')).toBe(true);
    expect(await endActivity(quick, '"quick"')).toBe(false);
    const [next] = await orchestrations();
    expect(next?.fresh).toMatchObject([{}, { Result: '"slow"' }]);
  });

  it('of an execution that was terminated and started again is not taken for the new one', async () => {
    await start('i');
    await episode({ tasks: [task] });
    const [old] = await activities();
    await engine.change('i', (instance, moment) => terminate(instance, 'over', moment));
    await start('i');
    await episode({ tasks: [task] });
    if (!old) throw new Error('there is no work');
    expect(await endActivity(old)).toBe(false);
    expect(await activities()).toMatchObject([{ executionId: expect.not.stringMatching(old.executionId) as string }]);
  });

  it('of an episode whose instance was terminated is not heard', async () => {
    await start('i');
    const [work] = await orchestrations();
    await engine.change('i', (instance, moment) => terminate(instance, 'over', moment));
    const late = {
      of: 'orchestration',
      leaseId: work?.leaseId ?? '',
      instanceId: 'i',
      ...plan({ outcome: done }),
    } as const;
    expect(await engine.endEpisode(late)).toBe(false);
    expect(await statusOf('i')).toBe('Terminated');
  });
});

describe('timers', () => {
  const timer = { taskId: 0, kind: 'timer', fireAtMs: Date.UTC(2031, 0, 1) } as const;

  it('fire when they are due, and not before', async () => {
    await start('i');
    await episode({ tasks: [timer] });
    clock.advance(timer.fireAtMs - clock.now() - 1);
    await statusOf('i');
    expect(await orchestrations()).toEqual([]);
    clock.advance(1);
    const [work] = await waitFor('the timer to fire', async () => {
      const found = await orchestrations();
      return found.length > 0 && found;
    });
    expect(work?.fresh).toMatchObject([{}, { TimerId: 0 }]);
  });

  it('fire after a restart that slept through them', async () => {
    await start('i');
    await episode({ tasks: [timer] });
    await engine.close();
    clock.advance(timer.fireAtMs - clock.now() + 1_000);
    engine = await startEngine();
    clock.advance(0);
    expect(await waitFor('the timer to fire', async () => (await orchestrations()).length > 0)).toBe(true);
  });
});

describe('a restart', () => {
  it('offers again what was under way, with all that arrived', async () => {
    await start('i');
    await episode({ tasks: [task] });
    await activities();
    await engine.change('i', (instance, moment) => raiseEvent(instance, 'e', '1', moment));
    await restart();
    expect(await activities()).toMatchObject([{ instanceId: 'i', taskId: 0, name: 'a', input: '"in"' }]);
    expect(await orchestrations()).toMatchObject([{ instanceId: 'i', fresh: [{}, { Name: 'e' }] }]);
  });

  it('delivers the messages that were on their way between instances', async () => {
    await start('parent');
    const child = { taskId: 0, kind: 'sub-orchestration', name: 'child', input: '1', instanceId: 'child' } as const;
    await episode({ tasks: [child] });
    // What the store holds when the hub dies between a commit and what follows from it.
    const [message] = await store.scan('task-hub.messages', { limit: 1 });
    if (message) await restart();
    await waitFor('the child to be there', () => statusOf('child'));
    await episode({ outcome: done });
    await waitFor('the parent to hear', async () =>
      (await orchestrations()).some(({ instanceId }) => instanceId === 'parent'),
    );
    expect(await store.scan('task-hub.messages', { limit: 1 })).toEqual([]);
  });

  it('leaves nothing in the store of an instance that was purged', async () => {
    await start('i');
    await episode({ tasks: [task, { taskId: 1, kind: 'timer', fireAtMs: Date.UTC(2031, 0, 1) }], customStatus: '1' });
    await engine.change('i', (instance, moment) => terminate(instance, null, moment));
    expect(await engine.purge('i')).toBe(true);
    for (const space of ['instances', 'history', 'inbox', 'tasks', 'timers', 'messages'])
      expect(await store.scan(`task-hub.${space}`, { limit: 1 })).toEqual([]);
  });
});

describe('the history', () => {
  it('is sent from where the worker has it, and whole to another', async () => {
    await start('i');
    await episode({ tasks: [task] }, 'same');
    const [activity] = await activities();
    if (!activity) throw new Error('there is no work');
    await endActivity(activity);
    const [known] = await orchestrations('same');
    // ExecutionStarted and OrchestratorStarted it has seen; TaskScheduled and OrchestratorCompleted are the hub's.
    expect(known).toMatchObject({ follows: { length: 2 }, past: [{ Name: 'a' }, {}] });
    clock.advance(leaseMs);
    const [other] = await orchestrations('other');
    expect(other).not.toHaveProperty('follows');
    expect(other?.past).toHaveLength(4);
    const whole = await engine.pastOf({ leaseId: other?.leaseId ?? '', instanceId: 'i', from: 0 });
    expect(whole).toEqual(other?.past);
    expect(await engine.pastOf({ leaseId: known?.leaseId ?? '', instanceId: 'i', from: 0 })).toBeUndefined();
  });
});

it('waits for the end of an instance, or for the deadline', async () => {
  await start('i');
  const ended = engine.untilFinished('i', clock.now() + 1_000);
  await episode({ outcome: done });
  await ended;
  expect(await statusOf('i')).toBe('Completed');
  await start('other');
  const inVain = engine.untilFinished('other', clock.now() + 1_000);
  await statusOf('other');
  clock.advance(1_000);
  await inVain;
  expect(await statusOf('other')).toBe('Pending');
});

it('a start that cannot be written is refused, and a later one succeeds', async () => {
  const failing: Store = { ...store, commit: () => Promise.reject(new Error('disk full')) };
  const broken = new Engine({ store: failing, clock, log: () => {} });
  await expect(broken.start({ instanceId: 'i', name: 'o', input: null })).rejects.toThrow('disk full');
  await broken.close();
  expect(await start('i')).toBe(true);
});
