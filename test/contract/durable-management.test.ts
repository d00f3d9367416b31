// The management API: by durable-functions' client, and by plain HTTP as the management links are used.
import { randomUUID } from 'node:crypto';
import { type DurableClient, OrchestrationRuntimeStatus } from 'durable-functions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Durable } from '../../local/host/durable/start-durable.ts';
import { type Store, openStore } from '../../local/store/store.ts';
import { type RunningHub, clientOf, loadFixture, startHub, startWorker, untilStatus } from '../support/durable-app.ts';
import { waitFor } from '../support/wait-for.ts';

let store: Store;
let hub: RunningHub;
let worker: Durable;
let client: DurableClient;

beforeAll(async () => {
  store = await openStore({ ephemeral: true });
  hub = await startHub(store);
  client = await clientOf(hub);
});

afterAll(async () => {
  await worker.stop();
  await hub.stop();
  await store.close();
});

function call(method: string, path: string, init: { body?: string; headers?: Record<string, string> } = {}) {
  return fetch(`${hub.url}/task-hub/test/webhooks/${path}`, { method, ...init });
}

async function messageOf(response: Response): Promise<string> {
  return ((await response.json()) as { Message: string }).Message;
}

it('accepts a start before any host has connected, and runs it when one does', async () => {
  const id = await client.startNew('sequence', { instanceId: 'early', input: ['x'] });
  expect((await client.getStatus(id)).runtimeStatus).toBe('Pending');
  worker = await startWorker(await loadFixture(), hub);
  expect((await untilStatus(client, id)).output).toEqual(['x']);
});

describe('start', () => {
  it('refuses an orchestrator that is not there, naming those that are', async () => {
    const response = await call('POST', 'orchestrators/absent', { body: '{}' });
    expect(response.status).toBe(400);
    expect(await messageOf(response)).toMatch(/'absent' doesn't exist.*'sequence'/);
  });

  it.each([
    ['a body that is no JSON', 'orchestrators/sequence', '{', /not valid JSON/],
    ['an id with a hash', 'orchestrators/sequence/a%23b', '[]', /must not contain/],
    ['an id with a slash', 'orchestrators/sequence/a%2Fb', '[]', /must not contain/],
    ['an id of an entity', 'orchestrators/sequence/@counter@a', '[]', /belong to entities/],
    ['an id of 101 characters', `orchestrators/sequence/${'x'.repeat(101)}`, '[]', /100 characters/],
    ['an address that is badly encoded', 'orchestrators/sequence/%E0%A4', '[]', /percent-encoded/],
  ])('refuses %s', async (_, path, body, message) => {
    const response = await call('POST', path, { body });
    expect(response.status).toBe(400);
    expect(await messageOf(response)).toMatch(message);
  });

  it('refuses the id of an instance that is running, and takes it again once that has finished', async () => {
    const instanceId = randomUUID();
    await client.startNew('events', { instanceId });
    await expect(client.startNew('sequence', { instanceId, input: ['again'] })).rejects.toThrow(/409.*already exists/);
    await client.terminate(instanceId, 'over');
    await client.startNew('sequence', { instanceId, input: ['again'] });
    expect((await untilStatus(client, instanceId)).output).toEqual(['again']);
  });

  it('of one id at once, twenty times, starts one', async () => {
    const instanceId = randomUUID();
    const starts = Array.from({ length: 20 }, () => client.startNew('events', { instanceId }));
    const outcomes = await Promise.allSettled(starts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await client.terminate(instanceId, 'over');
  });

  it('waits for the output when it is given a time-out', async () => {
    const response = await call('POST', 'orchestrators/sequence?timeout=30', { body: '["now"]' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(['now']);
  });

  it('hands out links by the host the request was forwarded from', async () => {
    const headers = { 'x-forwarded-host': 'app.example:8443', 'x-forwarded-proto': 'https' };
    const response = await call('POST', 'orchestrators/sequence/linked', { body: '[]', headers });
    expect(response.status).toBe(202);
    const links = (await response.json()) as Record<string, string>;
    const base = 'https://app.example:8443/runtime/webhooks/durabletask/instances/linked';
    expect(response.headers.get('location')).toBe(links['statusQueryGetUri']);
    expect(links['statusQueryGetUri']).toMatch(`${base}?`);
    expect(links['sendEventPostUri']).toMatch(`${base}/raiseEvent/{eventName}?`);
  });
});

describe('status', () => {
  it('is 202 with Location while an instance runs and 200 when it has finished', async () => {
    const instanceId = await client.startNew('events');
    const running = await call('GET', `instances/${instanceId}`);
    expect(running.status).toBe(202);
    expect(running.headers.get('location')).toContain(instanceId);
    await client.terminate(instanceId, 'over');
    expect((await call('GET', `instances/${instanceId}`)).status).toBe(200);
  });

  it('has input, output and customStatus even where there are none, and leaves the input out on request', async () => {
    const instanceId = await client.startNew('events', { input: { secret: 1 } });
    expect(await (await call('GET', `instances/${instanceId}`)).json()).toMatchObject({
      name: 'events',
      instanceId,
      input: { secret: 1 },
      output: null,
      customStatus: null,
    });
    const without = await (await call('GET', `instances/${instanceId}?showInput=false`)).json();
    expect(without).toMatchObject({ input: null });
    await client.terminate(instanceId, 'over');
  });

  it('shows the history, with inputs and results on request', async () => {
    const instanceId = await client.startNew('sequence', { input: ['a'] });
    await untilStatus(client, instanceId);
    const historyOf = async (query: string) =>
      ((await (await call('GET', `instances/${instanceId}?${query}`)).json()) as { historyEvents?: object[] })
        .historyEvents;
    expect(await historyOf('')).toBeUndefined();
    expect(await historyOf('showHistory=true')).toMatchObject([
      { EventType: 'ExecutionStarted', FunctionName: 'sequence' },
      { EventType: 'TaskCompleted', FunctionName: 'echo' },
      { EventType: 'ExecutionCompleted', OrchestrationStatus: 'Completed' },
    ]);
    const [, task] = (await historyOf('showHistory=true&showHistoryOutput=true')) ?? [];
    expect(task).toMatchObject({ Result: 'a', Input: 'a' });
  });

  it('of a failed instance is 500 where that is asked for', async () => {
    const instanceId = await client.startNew('throws');
    await untilStatus(client, instanceId, 'Failed');
    expect((await call('GET', `instances/${instanceId}`)).status).toBe(200);
    expect((await call('GET', `instances/${instanceId}?returnInternalServerErrorOnFailure=true`)).status).toBe(500);
  });

  it('of an id that names nothing is 404', async () => {
    expect((await call('GET', 'instances/nothing')).status).toBe(404);
    await expect(client.getStatus('nothing')).rejects.toThrow(/404/);
  });
});

describe('queries', () => {
  it('page through all instances and filter by status, time and prefix', async () => {
    const before = new Date(Date.now() - 1_000);
    const prefix = randomUUID();
    const ids = Array.from({ length: 5 }, (_, index) => `${prefix}-${index}`);
    await Promise.all(ids.map((instanceId) => client.startNew('sequence', { instanceId, input: [] })));
    await Promise.all(ids.map((instanceId) => untilStatus(client, instanceId)));

    const first = await call('GET', `instances/?instanceIdPrefix=${prefix}&top=3`);
    const token = first.headers.get('x-ms-continuation-token') ?? '';
    expect(await first.json()).toMatchObject(ids.slice(0, 3).map((instanceId) => ({ instanceId })));
    const second = await call('GET', `instances/?instanceIdPrefix=${prefix}&top=3`, {
      headers: { 'x-ms-continuation-token': token },
    });
    expect(await second.json()).toMatchObject(ids.slice(3).map((instanceId) => ({ instanceId })));
    expect(second.headers.get('x-ms-continuation-token')).toBeNull();

    const completed = await client.getStatusBy({
      createdTimeFrom: before,
      runtimeStatus: [OrchestrationRuntimeStatus.Completed],
    });
    expect(completed.map(({ instanceId }) => instanceId)).toEqual(expect.arrayContaining(ids));
    const later = await client.getStatusBy({ createdTimeFrom: new Date(Date.now() + 60_000) });
    expect(later).toEqual([]);
  });

  it.each(['runtimeStatus=Odd', 'createdTimeFrom=yesterday'])('refuse ?%s by name', async (query) => {
    const response = await call('GET', `instances/?${query}`);
    expect(response.status).toBe(400);
    expect(await messageOf(response)).toMatch(/'(odd|yesterday)'/);
  });
});

describe('events', () => {
  it('for an id that names nothing are 404, for an instance that has finished 410', async () => {
    await expect(client.raiseEvent('nothing', 'step', 1)).rejects.toThrow(/No instance/);
    const instanceId = await client.startNew('sequence', { input: [] });
    await untilStatus(client, instanceId);
    expect((await call('POST', `instances/${instanceId}/raiseEvent/step`, { body: '1' })).status).toBe(410);
  });

  it('that are no JSON are 400', async () => {
    const instanceId = await client.startNew('events');
    expect((await call('POST', `instances/${instanceId}/raiseEvent/step`, { body: 'x' })).status).toBe(400);
    await client.terminate(instanceId, 'over');
  });
});

describe('suspend and resume', () => {
  it('keep the events that arrive in between', async () => {
    const instanceId = await client.startNew('events');
    await untilStatus(client, instanceId, 'Running');
    await client.suspend(instanceId, 'wait');
    await client.raiseEvent(instanceId, 'step', 1);
    await client.raiseEvent(instanceId, 'step', 2);
    expect((await client.getStatus(instanceId)).runtimeStatus).toBe('Suspended');
    await client.resume(instanceId, 'go on');
    expect((await untilStatus(client, instanceId)).output).toEqual([1, 2]);
  });
});

describe('terminate', () => {
  it('ends an instance with the reason as its output, and frees what it waited for', async () => {
    const instanceId = await client.startNew('longTimer');
    await untilStatus(client, instanceId, 'Running');
    await client.terminate(instanceId, 'no longer wanted');
    expect((await untilStatus(client, instanceId, 'Terminated')).output).toBe('no longer wanted');
    expect((await call('POST', `instances/${instanceId}/terminate?reason=again`)).status).toBe(410);
    await waitFor(
      'no timer to be left',
      async () => (await store.scan('task-hub.timers/test', { limit: 100 })).length === 0,
    );
  });
});

describe('purge', () => {
  it('removes a finished instance and leaves a running one', async () => {
    const instanceId = await client.startNew('events');
    expect(await client.purgeInstanceHistory(instanceId)).toEqual({ instancesDeleted: 0 });
    await client.terminate(instanceId, 'over');
    expect(await client.purgeInstanceHistory(instanceId)).toEqual({ instancesDeleted: 1 });
    await expect(client.getStatus(instanceId)).rejects.toThrow(/404/);
    expect(await store.scan('task-hub.history/test', { from: instanceId, before: `${instanceId}~`, limit: 1 })).toEqual(
      [],
    );
  });

  it('removes all that match', async () => {
    const before = new Date();
    const instanceId = await client.startNew('sequence', { input: [] });
    await untilStatus(client, instanceId);
    const { instancesDeleted } = await client.purgeInstanceHistoryBy({ createdTimeFrom: before });
    expect(instancesDeleted).toBe(1);
    await expect(client.getStatus(instanceId)).rejects.toThrow(/404/);
  });
});

describe('restart and rewind', () => {
  it('restart runs the same input again, under a new id or the same', async () => {
    const instanceId = await client.startNew('sequence', { input: ['r'] });
    await untilStatus(client, instanceId);
    const again = (await (await call('POST', `instances/${instanceId}/restart`)).json()) as { id: string };
    expect(again.id).not.toBe(instanceId);
    expect((await untilStatus(client, again.id)).output).toEqual(['r']);
    const same = await call('POST', `instances/${instanceId}/restart?restartWithNewInstanceId=false`);
    expect(((await same.json()) as { id: string }).id).toBe(instanceId);
    expect((await untilStatus(client, instanceId)).output).toEqual(['r']);
  });
});
