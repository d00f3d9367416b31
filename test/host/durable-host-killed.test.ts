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
  const environment = { TASK_HUB_NAME: 'killed' };
  const host = await startHostProcess({ app: 'orchestrations', environment, args: ['--task-hub', hub.url] });
  hosts.push(host);
  return host;
}

it('leaves its activities and episodes to the next host [fault 1]', async () => {
  const client = await clientOf(hub);
  const first = await startHost();
  const ids = await Promise.all(Array.from({ length: 5 }, () => client.startNew('reusedInAny')));
  await first.saw("Executing 'Functions.wait'");
  const exited = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await exited;
  await startHost();
  for (const id of ids) expect((await untilStatus(client, id)).output).toEqual([[80, 'third'], 'last']);
});
