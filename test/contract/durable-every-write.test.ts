// A hub killed at its nth write, for every n, before the write and after it: the next one goes on from the store, and the
// orchestration ends as if nothing had happened.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DurableClient } from 'durable-functions';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  poll.server.listen(0, '127.0.0.1');
  await once(poll.server, 'listening');
  poll.origin = `http://127.0.0.1:${(poll.server.address() as AddressInfo).port}`;
});
afterAll(() => void poll.server.close());

interface Scenario {
  readonly orchestrator: string;
  readonly input: (key: string) => unknown;
  /** What is done to the instance, 'i', until it ends; a careful client asks again what was not answered. */
  readonly drive: (client: DurableClient, key: string) => Promise<unknown>;
  readonly output: (key: string) => unknown;
}

const everything: Scenario = {
  orchestrator: 'everything',
  input: (key) => ({ key, round: 0, seen: [] }),
  drive: (client) => waitFor('the event to be taken', () => client.raiseEvent('i', 'go', 'now').then(() => true)),
  output: () => ({
    all: [
      { event: 'now', word: 'word 0', count: 1 },
      { event: 'none', word: 'word 1', count: 3 },
    ],
    told: 6,
  }),
};

/** Polls over HTTP, calls an entity, and is rewound with its child. */
const rewound: Scenario = {
  orchestrator: 'breaksAmidst',
  input: (name) => ({ name, url: `${poll.origin}/poll` }),
  async drive(client, key) {
    await waitFor('the event to be taken', () => client.raiseEvent('i-child', 'go', null).then(() => true));
    await waitFor('the failure', () => untilStatus(client, 'i', 'Failed'));
    fixture.app.repaired.add(key);
    await waitFor('the rewind', () =>
      client.rewind('i', 'repaired').then(
        () => true,
        // It had been taken, and the answer was lost.
        (error: Error) => /Only an instance that has failed/.test(error.message),
      ),
    );
  },
  output: (key) => [`${key} works`, 0, 'polled'],
};

/** A server that answers every second request with 202. */
const poll = { origin: '', asked: 0, server: createServer() };
poll.server.on('request', (_req, res) => {
  if (poll.asked++ % 2 === 1) return void res.end('polled');
  res.writeHead(202, { location: '/poll', 'retry-after': '0' }).end();
});

/** False: the orchestration ended before the nth write. */
async function runWithDeathAt(scenario: Scenario, store: Store, write: number, isWritten: boolean): Promise<boolean> {
  const taskHubName = `hub${isWritten ? 'after' : 'before'}${write}`;
  const dying = dyingStore(store, write, isWritten);
  const first = await startHub(dying, 0, () => {});
  const hub = { ...first };
  const { functions, invoke } = fixture;
  // At the first write already the worker waits for the second hub.
  const starting = startDurable({ functions, invoke, taskHubUrl: hub.url, taskHubName, log: () => {} });
  const ending = orchestrate(scenario, hub, taskHubName);
  let second: RunningHub | undefined;
  const watching = waitFor('the death or the end', () => dying.isDead || ended, { intervalMs: 1 });
  let ended = false;
  void ending.then(() => (ended = true));
  await watching;
  if (dying.isDead) {
    await first.stop();
    second = await startHub(store, first.port);
  }
  expect([write, isWritten, await ending]).toEqual([write, isWritten, scenario.output(taskHubName)]);
  await (await starting).stop();
  await (second ?? first).stop();
  return dying.isDead;
}

async function orchestrate({ orchestrator, input, drive }: Scenario, hub: RunningHub, key: string): Promise<unknown> {
  const client = await clientOf(hub, key);
  await waitFor('the start', () =>
    client
      .startNew(orchestrator, { instanceId: 'i', input: input(key) })
      .catch((error: Error) => /409/.test(error.message)),
  );
  await drive(client, key);
  return waitFor('the end', async () => {
    const { output } = await untilStatus(client, 'i');
    return output;
  });
}

const lanes = 4;

/** Every fourth write, on a store of its own, until the orchestration ends alive. @returns how many deaths there were */
async function runLane(scenario: Scenario, lane: number): Promise<number> {
  const store = await openStore({ ephemeral: true });
  let deaths = 0;
  // A kill after one write leaves what a kill before the next does, but for what hosts have been told.
  while (await runWithDeathAt(scenario, store, 1 + lane + lanes * deaths, lane % 2 === 1)) deaths++;
  await store.close();
  return deaths;
}

it.each([
  ['with everything in it', everything, 15],
  ['that polls, fails and is rewound', rewound, 5],
])('after the death at any write an orchestration %s ends the same [fault 1]', async (_name, scenario, least) => {
  const deaths = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(scenario, lane)));
  expect(Math.min(...deaths)).toBeGreaterThan(least);
});
