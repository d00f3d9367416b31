// durable-functions itself, in the real host machinery, against the task hub: what an orchestrator can do.
import { randomUUID } from 'node:crypto';
import type { DurableClient } from 'durable-functions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Durable } from '../../local/host/durable/start-durable.ts';
import { type Store, openStore } from '../../local/store/store.ts';
import {
  type LoadedFixture,
  type RunningHub,
  clientOf,
  loadFixture,
  startHub,
  startWorker,
  untilStatus,
} from '../support/durable-app.ts';
import { waitFor } from '../support/wait-for.ts';

let store: Store;
let hub: RunningHub;
let worker: Durable;
let client: DurableClient;
let app: LoadedFixture['app'];

beforeAll(async () => {
  store = await openStore({ ephemeral: true });
  hub = await startHub(store);
  const fixture = await loadFixture();
  app = fixture.app;
  worker = await startWorker(fixture, hub);
  client = await clientOf(hub);
});

afterAll(async () => {
  await worker.stop();
  await hub.stop();
  await store.close();
});

async function run(name: string, input?: unknown): Promise<unknown> {
  const id = await client.startNew(name, { input });
  return (await untilStatus(client, id)).output;
}

async function failureOf(name: string, input?: unknown): Promise<unknown> {
  const id = await client.startNew(name, { input });
  return (await untilStatus(client, id, 'Failed')).output;
}

function untilRunning(id: string) {
  return untilStatus(client, id, 'Running');
}

describe('activities', () => {
  it('run one after the other', async () => {
    expect(await run('sequence', ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  });

  it('get and return the values that were given: text stays text, nothing stays nothing', async () => {
    const id = await client.startNew('values');
    expect((await untilStatus(client, id)).output).toEqual({
      // What the client posts for no input.
      input: '',
      instanceId: id,
      nothing: 'null or undefined',
      text: '123',
      number: 123,
      object: { a: [1, { b: 'ü' }] },
    });
  });

  it('turn a Timestamp in the input into a Date, as on Azure', async () => {
    const input = { Timestamp: '2030-01-01T00:00:00Z' };
    expect(await run('timestampInInput', input)).toEqual({ isDate: true });
  });

  it('are replayed: only the last episode is not', async () => {
    expect(await run('replaying')).toEqual({ seen: [true, true, false], startedFirst: true });
  });

  it('fan out and in by the hundred', async () => {
    expect(await run('fanOut', 300)).toBe((299 * 300) / 2);
  });

  it('that throw fail the instance with their message', async () => {
    expect(await failureOf('activityFails')).toMatch(/^Orchestrator function 'activityFails' failed: .*no luck/s);
  });

  it('that are not there fail the instance by name', async () => {
    expect(await failureOf('unknownActivity')).toMatch(/'missing'.*doesn't exist/s);
  });
});

describe('retries', () => {
  it('go on with a timer, an event and a compound in one orchestrator', async () => {
    const id = await client.startNew('firstMilestone', { input: { key: randomUUID() } });
    await client.raiseEvent(id, 'approval', { by: 'someone' });
    const status = await untilStatus(client, id);
    expect(status.output).toEqual({ attempts: 3, approval: { by: 'someone' } });
    expect(status.customStatus).toEqual({ approved: true });
  });

  it('run side by side without mixing up their task ids', async () => {
    const counts = [3, 1, 4, 2];
    const output = await run('retriesInParallel', { key: randomUUID(), counts });
    expect(output).toEqual({ first: 1, all: counts, after: 'after' });
  });

  it('end with the last error after the attempts allowed, and the orchestrator goes on', async () => {
    const key = randomUUID();
    const output = await run('retryInVain', { key });
    expect(output).toEqual({ message: expect.stringContaining('attempt 3 fails') as string, next: 'next' });
    expect(app.runs.get(`failUntil ${JSON.stringify({ key, attempt: 99 })}`)).toBe(3);
  });

  it('stop at the retry time-out', async () => {
    const key = randomUUID();
    const output = await run('retryUntilTimeout', key);
    expect(output).toEqual({ message: expect.stringContaining('slowly') as string, next: 'next' });
    expect(app.runs.get(`failSlowly ${JSON.stringify(key)}`)).toBe(1);
  });

  it('whose time-out leaves too many attempts to be skipped fail the instance in so many words', async () => {
    expect(await failureOf('retryForEver', randomUUID())).toMatch(/retryTimeoutInMilliseconds.*999999 attempts left/);
  });
});

describe('errors', () => {
  it('that the app describes arrive as failure details', async () => {
    expect(await run('described')).toEqual({
      name: 'TaskFailedError',
      errorType: 'OutOfStock',
      errorMessage: 'nothing left',
      properties: { sku: 'TICKET' },
    });
  });
});

describe('compounds', () => {
  it('do not schedule a task again that reappears in a second Task.any', async () => {
    const before = app.runs.get('wait {"ms":80}') ?? 0;
    expect(await run('reusedInAny')).toEqual([[80, 'third'], 'last']);
    expect(app.runs.get('wait {"ms":80}')).toBe(before + 1);
  });

  it('nest', async () => {
    expect(await run('nested')).toEqual([
      ['a1', 'a2'],
      ['b1', 'b2'],
    ]);
  });
});

describe('timers', () => {
  it('of a month are one timer each, and take one task id', async () => {
    const id = await client.startNew('longTimer');
    await client.raiseEvent(id, 'stop', null);
    expect((await untilStatus(client, id)).output).toBe('next');
  });

  it('that are not cancelled keep an instance Running after its orchestrator has returned', async () => {
    const id = await client.startNew('uncancelledTimer', { input: 600 });
    const { createdTime } = await untilRunning(id);
    const status = await untilStatus(client, id);
    expect(status.output).toBe('returned');
    expect(status.lastUpdatedTime.getTime()).toBeGreaterThanOrEqual(createdTime.getTime());
  });
});

describe('external events', () => {
  it('are kept until the orchestrator asks for them, in order', async () => {
    const id = await client.startNew('events');
    for (const step of [1, 2]) await client.raiseEvent(id, 'step', step);
    expect((await untilStatus(client, id)).output).toEqual([1, 2]);
  });

  it('not consumed yet go over to the next execution on continueAsNew', async () => {
    const id = await client.startNew('countdown', { input: { left: 2, seen: [] } });
    for (const next of ['a', 'b', 'c']) await client.raiseEvent(id, 'next', next);
    expect((await untilStatus(client, id)).output).toEqual(['a', 'b', 'c']);
  });
});

describe('continueAsNew', () => {
  it('after Task.any of a timer and an event sees each event once, and none of the execution before', async () => {
    const id = await client.startNew('anyAndAgain', { input: { left: 4, seen: [] } });
    for (const event of [1, 2, 3, 4, 5]) await client.raiseEvent(id, 'next', event);
    expect((await untilStatus(client, id)).output).toEqual([1, 2, 3, 4, 5]);
  });

  it('takes text as text', async () => {
    expect(await run('continuesWithText', 'x')).toBe('xxx');
  });
});

describe('sub-orchestrations', () => {
  it('answer their parent, under an id of their own or a given one, and fail it catchably', async () => {
    const id = await client.startNew('parent');
    expect((await untilStatus(client, id)).output).toEqual({
      child: { word: 'plain', parent: id },
      named: { word: 'named', parent: id },
      failure: expect.stringContaining('the child fails') as string,
    });
    expect((await client.getStatus(`${id}-named`)).runtimeStatus).toBe('Completed');
  });

  it('are started again by a retry policy', async () => {
    expect(await run('parentWithRetry', { key: randomUUID(), attempt: 3 })).toBe(3);
  });

  it('tell their parent when they are terminated', async () => {
    const id = await client.startNew('parentOfWaiting');
    await waitFor('the child to run', async () =>
      (await client.getStatusAll()).some(({ instanceId }) => instanceId === `${id}-child`),
    );
    await client.terminate(`${id}-child`, 'enough');
    expect((await untilStatus(client, id)).output).toContain('terminated: enough');
  });

  it('are refused under the id of an instance that is running', async () => {
    const id = randomUUID();
    await client.startNew('events', { instanceId: `${id}-child` });
    await client.startNew('parentOfWaiting', { instanceId: id });
    expect((await untilStatus(client, id)).output).toContain('is running already');
    await client.terminate(`${id}-child`, 'over');
  });
});

describe('failures', () => {
  it('are the error the orchestrator threw', async () => {
    expect(await failureOf('throws')).toBe("Orchestrator function 'throws' failed: thrown on purpose");
  });

  it('leave what was scheduled with the throw to be done all the same', async () => {
    const word = randomUUID();
    const id = await client.startNew('throwsAfterScheduling', { input: word });
    await client.raiseEvent(id, 'go', null);
    await untilStatus(client, id, 'Failed');
    expect(app.runs.get(`echo ${JSON.stringify(word)}`)).toBe(1);
  });

  it('say so when the output has no JSON', async () => {
    expect(await failureOf('unserialisable')).toMatch(/BigInt/);
  });

  it('name the task when changed code schedules another one on replay [fault 10]', async () => {
    const id = await client.startNew('changing');
    await untilRunning(id);
    app.code.changed = true;
    await client.raiseEvent(id, 'go', null);
    const { output } = await untilStatus(client, id, 'Failed');
    app.code.changed = false;
    expect(output).toMatch(
      /not deterministic: task 0 was a call of activity 'echo', and in the replay it is a call of activity 'fail'/,
    );
  });

  it('name the task when changed code leaves one out on replay [fault 10]', async () => {
    const id = await client.startNew('shrinking');
    await untilRunning(id);
    app.code.changed = true;
    await client.raiseEvent(id, 'go', null);
    const { output } = await untilStatus(client, id, 'Failed');
    app.code.changed = false;
    expect(output).toMatch(/task 0 was a call of activity 'echo', and in the replay it is nothing/);
  });
});
