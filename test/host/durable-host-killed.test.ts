// A host killed in the middle of an activity: another one takes its work over, and nothing is run out of order.
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Store, openStore } from '../../local/store/store.ts';
import { type RunningHub, clientOf, startHub, untilStatus } from '../support/durable-app.ts';
import { type HostProcess, startHostProcess } from './support/host-process.ts';

let store: Store;
let hub: RunningHub;
let hosts: HostProcess[];

beforeEach(async () => {
  store = await openStore({ ephemeral: true });
  hub = await startHub(store);
  hosts = [];
});
afterEach(async () => {
  await Promise.all(hosts.filter(({ child }) => child.exitCode === null && !child.killed).map((host) => host.stop()));
  await hub.stop();
  await store.close();
});

async function startHost(): Promise<HostProcess> {
  const host = await startHostProcess({ app: 'orchestrations', args: ['--task-hub', hub.url] });
  hosts.push(host);
  return host;
}

it('leaves its activities and episodes to the next host [fault 1]', async () => {
  // The hub of an app whose host.json names none.
  const client = await clientOf(hub, 'TestHubName');
  const first = await startHost();
  const ids = await Promise.all(Array.from({ length: 5 }, () => client.startNew('reusedInAny')));
  const mixed = await client.startNew('everything', { input: { key: 'mixed', round: 0, seen: [] } });
  await first.saw("Executing 'Functions.wait'");
  const exited = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await exited;
  await startHost();
  await client.raiseEvent(mixed, 'go', 'now');
  // Locks, entities and children that were half way: each counts once.
  expect((await untilStatus(client, mixed)).output).toMatchObject({ all: [{ count: 1 }, { count: 3 }], told: 6 });
  for (const id of ids) expect((await untilStatus(client, id)).output).toEqual([[80, 'third'], 'last']);
});
