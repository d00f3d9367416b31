// What is left when the hub or a host dies in the middle of an orchestration: everything that was acknowledged.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Durable } from '../../local/host/durable/start-durable.ts';
import { openStore } from '../../local/store/store.ts';
import type { ActivityWork, OrchestrationWork, WorkKind } from '../../local/durable-protocol/work.ts';
import { type HubClient, createHubClient } from '../../local/host/durable/hub-client.ts';
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

let fixture: LoadedFixture;
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  fixture = await loadFixture();
});

afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each();
});

interface HubProcess {
  readonly child: ChildProcess;
  readonly port: number;
}

const script = fileURLToPath(new URL('../support/task-hub-process.ts', import.meta.url));

async function spawnHub(directory: string, port = 0): Promise<HubProcess> {
  const child = spawn(process.execPath, [script, directory, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(line.toString()) };
}

async function kill({ child }: HubProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

it('a hub killed again and again loses nothing and runs every instance to its end [fault 1]', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'task-hub-'));
  undo.push(() => rmSync(directory, { recursive: true }));
  let running = await spawnHub(directory);
  undo.push(() => kill(running));
  const hub: RunningHub = {
    url: `http://127.0.0.1:${running.port}`,
    port: running.port,
    stop: async () => {},
  };
  const worker = await startWorker(fixture, hub);
  undo.push(() => worker.stop());
  const client = await clientOf(hub);

  const ids = Array.from({ length: 12 }, () => randomUUID());
  await Promise.all(
    ids.map((instanceId) => client.startNew('firstMilestone', { instanceId, input: { key: instanceId } })),
  );
  for (let death = 0; death < 5; death++) {
    await kill(running);
    running = await spawnHub(directory, running.port);
    // Somewhere in the middle: the next death comes when another two have been told to go on.
    for (const instanceId of ids.slice(2 * death, 2 * death + 2))
      await client.raiseEvent(instanceId, 'approval', death);
  }
  for (const instanceId of ids.slice(10)) await client.raiseEvent(instanceId, 'approval', 5);

  const outputs = await Promise.all(ids.map(async (instanceId) => (await untilStatus(client, instanceId)).output));
  expect(outputs).toEqual(
    ids.map((_, index) => ({ attempts: expect.any(Number) as number, approval: Math.floor(index / 2) })),
  );
});

it('a hub started again on the same store goes on with the histories it finds', async () => {
  const store = await openStore({ ephemeral: true });
  undo.push(() => store.close());
  const first = await startHub(store);
  const worker = await startWorker(fixture, first);
  undo.push(() => worker.stop());
  const client = await clientOf(first);
  const instanceId = await client.startNew('events');
  await client.raiseEvent(instanceId, 'step', 1);
  await first.stop();
  const second = await startHub(store, first.port);
  undo.push(() => second.stop());
  // A kept-alive connection of the client may still lead to the first hub.
  await waitFor('the event to be taken', () => client.raiseEvent(instanceId, 'step', 2).then(() => true));
  expect((await untilStatus(client, instanceId)).output).toEqual([1, 2]);
});

/** A host that says what the test wants. */
function connect(hub: RunningHub): HubClient {
  const host = createHubClient(hub.url, 'test');
  undo.push(() => host.close());
  return host;
}

async function fetchOne<T>(host: HubClient, workerId: string, kind: WorkKind): Promise<T> {
  const [work] = (await host.post('fetch', { workerId, kind, max: 1, waitMs: 5_000 })) as T[];
  if (!work) throw new Error(`no ${kind} came`);
  return work;
}

it('the work of a host that dies goes to another within seconds, and its late results are ignored', async () => {
  const store = await openStore({ ephemeral: true });
  undo.push(() => store.close());
  const hub = await startHub(store);
  undo.push(() => hub.stop());
  const client = await clientOf(hub);
  const instanceId = await client.startNew('sequence', { input: ['a'] });

  const dying = connect(hub);
  const episode = await fetchOne<OrchestrationWork>(dying, 'dying', 'orchestration');
  expect(episode.instanceId).toBe(instanceId);
  dying.close();

  const worker: Durable = await startWorker(fixture, hub);
  undo.push(() => worker.stop());
  expect((await untilStatus(client, instanceId)).output).toEqual(['a']);
  const { leaseId } = episode;
  const plan = { tasks: [], cancelledTimers: [], awaitedEvents: {}, customStatus: null };
  const back = connect(hub);
  expect(await back.post('result', { of: 'orchestration', leaseId, instanceId, ...plan })).toBe('late');
  const outcome = { kind: 'completed', result: '"late"' };
  const late = { of: 'activity', leaseId, instanceId, executionId: 'another', taskId: 0, outcome };
  expect(await back.post('result', late)).toBe('late');
  expect((await client.getStatus(instanceId)).output).toEqual(['a']);
});

it('a host that stops gives its work back at once', async () => {
  const store = await openStore({ ephemeral: true });
  undo.push(() => store.close());
  const hub = await startHub(store);
  undo.push(() => hub.stop());
  const client = await clientOf(hub);
  await client.startNew('sequence', { input: ['a'] });
  const leaving = connect(hub);
  const first = await fetchOne<OrchestrationWork>(leaving, 'leaving', 'orchestration');
  await leaving.post('goodbye', { workerId: 'leaving' });
  const second = await fetchOne<OrchestrationWork>(connect(hub), 'staying', 'orchestration');
  expect(second.instanceId).toBe(first.instanceId);
  expect(second.leaseId).not.toBe(first.leaseId);
});

it('an activity that two hosts ran counts once: the first result stands', async () => {
  const store = await openStore({ ephemeral: true });
  undo.push(() => store.close());
  const hub = await startHub(store);
  undo.push(() => hub.stop());
  const client = await clientOf(hub);
  const instanceId = await client.startNew('sequence', { input: ['a'] });
  const host = connect(hub);
  const episode = await fetchOne<OrchestrationWork>(host, 'w', 'orchestration');
  const plan = { cancelledTimers: [], awaitedEvents: {}, customStatus: null };
  const tasks = [{ taskId: 0, kind: 'activity', name: 'echo', input: '"a"' }];
  const { leaseId } = episode;
  expect(await host.post('result', { of: 'orchestration', leaseId, instanceId, tasks, ...plan })).toBe('done');
  const activity = await fetchOne<ActivityWork>(host, 'w', 'activity');
  const result = (text: string) => ({
    ...activity,
    outcome: { kind: 'completed', result: JSON.stringify(text) },
  });
  expect(await host.post('result', result('first'))).toBe('done');
  expect(await host.post('result', result('second'))).toBe('late');
  const real = await startWorker(fixture, hub);
  undo.push(() => real.stop());
  expect((await untilStatus(client, instanceId)).output).toEqual(['first']);
});

it('a hub that is away while an activity ends hears of it when it is back', async () => {
  const store = await openStore({ ephemeral: true });
  undo.push(() => store.close());
  const first = await startHub(store);
  const client = await clientOf(first);
  const worker = await startWorker(fixture, first);
  undo.push(() => worker.stop());
  const instanceId = await client.startNew('reusedInAny');
  await waitFor('the slow activity to be running', () =>
    fixture.log.some((line) => line.includes("Executing 'Functions.wait'")),
  );
  await first.stop();
  const ended = () => fixture.log.some((line) => line.includes("Executed 'Functions.wait'"));
  await waitFor('the slow activity to end', ended);
  const second = await startHub(store, first.port);
  undo.push(() => second.stop());
  expect((await untilStatus(client, instanceId)).output).toEqual([[80, 'third'], 'last']);
});
