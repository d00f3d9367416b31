// A hub killed at its nth write, for every n, before the write and after it: the next one goes on from the store, and the
// orchestration ends as if nothing had happened.
import { beforeAll, expect, it } from 'vitest';
import { startDurable } from '../../local/host/durable/start-durable.ts';
import { type Store, openStore } from '../../local/store/store.ts';
import {
  type LoadedFixture,
  type RunningHub,
  clientOf,
  loadFixture,
  startHub,
  untilStatus,
} from '../support/durable-app.ts';
import { dyingStore } from '../support/dying-store.ts';
import { waitFor } from '../support/wait-for.ts';

let fixture: LoadedFixture;

beforeAll(async () => {
  fixture = await loadFixture();
});

const expected = {
  all: [
    { event: 'now', word: 'word 0', count: 1 },
    { event: 'none', word: 'word 1', count: 3 },
  ],
  told: 6,
};

/** False: the orchestration ended before the nth write. */
async function runWithDeathAt(store: Store, write: number, isWritten: boolean): Promise<boolean> {
  const taskHubName = `hub${isWritten ? 'after' : 'before'}${write}`;
  const dying = dyingStore(store, write, isWritten);
  const first = await startHub(dying, 0, () => {});
  const hub = { ...first };
  const { functions, invoke } = fixture;
  // At the first write already the worker waits for the second hub.
  const starting = startDurable({ functions, invoke, taskHubUrl: hub.url, taskHubName, log: () => {} });
  const ending = orchestrate(hub, taskHubName);
  let second: RunningHub | undefined;
  const watching = waitFor('the death or the end', () => dying.isDead || ended, { intervalMs: 1 });
  let ended = false;
  void ending.then(() => (ended = true));
  await watching;
  if (dying.isDead) {
    await first.stop();
    second = await startHub(store, first.port);
  }
  expect([write, isWritten, await ending]).toEqual([write, isWritten, expected]);
  await (await starting).stop();
  await (second ?? first).stop();
  return dying.isDead;
}

/** As a careful client: what was not answered is asked again. */
async function orchestrate(hub: RunningHub, taskHubName: string): Promise<unknown> {
  const client = await clientOf(hub, taskHubName);
  const input = { key: taskHubName, round: 0, seen: [] };
  await waitFor('the start', () =>
    client.startNew('everything', { instanceId: 'i', input }).catch((error: Error) => /409/.test(error.message)),
  );
  await waitFor('the event to be taken', () => client.raiseEvent('i', 'go', 'now').then(() => true));
  return waitFor('the end', async () => {
    const { output } = await untilStatus(client, 'i');
    return output;
  });
}

const lanes = 4;

/** Every fourth write, on a store of its own, until the orchestration ends alive. @returns how many deaths there were */
async function runLane(lane: number): Promise<number> {
  const store = await openStore({ ephemeral: true });
  let deaths = 0;
  // A kill after one write leaves what a kill before the next does, but for what hosts have been told.
  while (await runWithDeathAt(store, 1 + lane + lanes * deaths, lane % 2 === 1)) deaths++;
  await store.close();
  return deaths;
}

it('after the death at any write the orchestration ends the same [fault 1]', async () => {
  const deaths = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)));
  expect(Math.min(...deaths)).toBeGreaterThan(15);
});
