// What a client may do with an instance that has ended, and the limits and policies of starts.
import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Durable, startDurable } from '../../local/host/durable/start-durable.ts';
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

let store: Store;
let hub: RunningHub;
let worker: Durable;
let client: DurableClient;
let fixture: LoadedFixture;

beforeAll(async () => {
  store = await openStore({ ephemeral: true });
  hub = await startHub(store);
  fixture = await loadFixture();
  worker = await startWorker(fixture, hub);
  client = await clientOf(hub);
});

afterAll(async () => {
  await worker.stop();
  await hub.stop();
  await store.close();
});

const runsOf = (activity: string, input: unknown) => fixture.app.runs.get(`${activity} ${JSON.stringify(input)}`) ?? 0;

describe('rewind', () => {
  it('tries what failed once more, in the sub-orchestration too, and repeats nothing that had succeeded', async () => {
    const name = randomUUID();
    const id = await client.startNew('canBeRewound', { input: name });
    await client.raiseEvent(id, 'go', 'went');
    await untilStatus(client, id, 'Failed');
    const before = ['first', 'another way', 'child'].map((input) => runsOf('echo', input));
    await client.rewind(id, 'still broken');
    await untilStatus(client, id, 'Failed');
    fixture.app.repaired.add(name);
    await client.rewind(id, 'repaired');
    const works = `${name} works`;
    const { output } = await untilStatus(client, id);
    expect(output).toEqual(['first', 'another way', 'went', works, ['child', works], 'last']);
    expect(['first', 'another way', 'child'].map((input) => runsOf('echo', input))).toEqual(before);
  });

  it('is refused for an instance that has not failed', async () => {
    const id = await client.startNew('sequence', { input: [] });
    await untilStatus(client, id);
    await expect(client.rewind(id, 'why')).rejects.toThrow(/Only an instance that has failed/);
    await expect(client.rewind('absent', 'why')).rejects.toThrow(/No instance with ID 'absent'/);
  });

  it('of an orchestrator whose code was wrong goes on with the code repaired', async () => {
    const id = await client.startNew('changing');
    await untilStatus(client, id, 'Running');
    fixture.app.code.changed = true;
    await client.raiseEvent(id, 'go', null);
    await untilStatus(client, id, 'Failed');
    fixture.app.code.changed = false;
    await client.rewind(id, 'rolled back');
    expect((await untilStatus(client, id)).output).toBe('a');
  });
});

describe('inputs, outputs and custom statuses', () => {
  it('of two megabytes pass whole', async () => {
    const input = 'ü'.repeat(1_000_000);
    const id = await client.startNew('echoes', { input });
    expect((await untilStatus(client, id)).output).toBe(input);
  });

  it('a custom status has 16 KB in UTF-16 at most', async () => {
    const most = await client.startNew('bigStatus', { input: 8_190 });
    expect((await untilStatus(client, most)).output).toBe('done');
    const more = await client.startNew('bigStatus', { input: 8_191 });
    expect((await untilStatus(client, more, 'Failed')).output).toMatch(/customStatus.*no more than 16 KB/);
  });
});

describe('the client', () => {
  it('waits for completion, or hands out the links', async () => {
    const request = new Request('http://127.0.0.1:7071/api/x') as unknown as HttpRequest;
    const id = await client.startNew('sequence', { input: ['x'] });
    const waiting = { timeoutInMilliseconds: 20_000, retryIntervalInMilliseconds: 20 };
    const done = await client.waitForCompletionOrCreateCheckStatusResponse(request, id, waiting);
    expect([done.status, await done.json()]).toEqual([200, ['x']]);
    const endless = await client.startNew('events');
    const soon = { timeoutInMilliseconds: 1, retryIntervalInMilliseconds: 1 };
    const links = await client.waitForCompletionOrCreateCheckStatusResponse(request, endless, soon);
    expect(links.status).toBe(202);
    expect(client.createHttpManagementPayload(endless).statusQueryGetUri).toContain(`instances/${endless}?`);
    await client.terminate(endless, 'over');
  });
});

describe('host.json', () => {
  it('gives instances and their children a default version, and an id to whom asks last', async () => {
    const own = await openStore({ ephemeral: true });
    const other = await startHub(own);
    const { functions, invoke } = fixture;
    const durableTask = { defaultVersion: '2.1', overridableExistingInstanceStates: 'AnyState' };
    const durable = await startDurable({
      functions,
      invoke,
      taskHubUrl: other.url,
      taskHubName: 'test',
      log: () => {},
      durableTask,
    });
    const its = await clientOf(other);
    const id = await its.startNew('tellsVersion', { input: true });
    expect((await untilStatus(its, id)).output).toEqual({ version: '2.1', child: { version: '2.1', child: null } });
    const asked = await its.startNew('tellsVersion', { version: '3' });
    expect((await untilStatus(its, asked)).output).toMatchObject({ version: '3' });
    await its.startNew('events', { instanceId: 'reused' });
    await its.startNew('sequence', { instanceId: 'reused', input: ['second'] });
    expect((await untilStatus(its, 'reused')).output).toEqual(['second']);
    await durable.stop();
    await other.stop();
    await own.close();
  });

  it.each([
    [{ overridableExistingInstanceStates: 'Some' }, /NonRunningStates or AnyState/],
    [{ maxConcurrentEntityFunctions: 0 }, /whole number from 1/],
  ])('is refused with %j', async (durableTask, message) => {
    const { functions, invoke } = fixture;
    const starting = startDurable({
      functions,
      invoke,
      taskHubUrl: hub.url,
      taskHubName: 'test',
      log: () => {},
      durableTask,
    });
    await expect(starting).rejects.toThrow(message);
  });
});

describe('task hubs of one process', () => {
  it('know nothing of each other, and each is gone on with after a restart', async () => {
    const own = await openStore({ ephemeral: true });
    const first = await startHub(own);
    const start = (name: string) =>
      fetch(`${first.url}/task-hub/${name}/webhooks/orchestrators/sequence/same`, {
        method: 'POST',
        body: `["${name}"]`,
      });
    expect([(await start('alpha')).status, (await start('beta')).status, (await start('ALPHA')).status]).toEqual([
      202, 202, 409,
    ]);
    await first.stop();
    const second = await startHub(own);
    const { functions, invoke } = fixture;
    const durable = await startDurable({
      functions,
      invoke,
      taskHubUrl: second.url,
      taskHubName: 'beta',
      log: () => {},
    });
    const its = await clientOf(second, 'beta');
    expect((await untilStatus(its, 'same')).output).toEqual(['beta']);
    const alpha = await fetch(`${second.url}/task-hub/beta/webhooks/instances/same?taskHub=alpha`);
    expect(await alpha.json()).toMatchObject({ runtimeStatus: 'Pending', input: ['alpha'] });
    const bad = await fetch(`${second.url}/task-hub/a_b/webhooks/instances`);
    expect(bad.status).toBe(400);
    await durable.stop();
    await second.stop();
    await own.close();
  });
});
