import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../local/store/store.ts';
import { createTaskHub } from '../../local/task-hub/task-hub.ts';
import { waitFor } from '../support/wait-for.ts';
import { forkHost, startHostProcess, type HostProcess } from './support/host-process.ts';

interface Hub {
  readonly port: number;
  readonly close: () => Promise<void>;
}

let store: Store;
let hub: Hub;
let host: HostProcess | undefined;
beforeEach(async () => {
  store = await openStore({ ephemeral: true });
  hub = await startHub(0);
});
afterEach(async () => {
  await host?.stop();
  host = undefined;
  await hub.close();
  await store.close();
});

async function startHub(port: number): Promise<Hub> {
  const taskHub = createTaskHub({ store });
  const server: Server = createServer((request, response) => {
    if (!taskHub.handle(request, response)) response.writeHead(404).end();
  }).listen(port, '127.0.0.1');
  server.on('upgrade', (req, socket, head) => taskHub.handleUpgrade(req, socket, head));
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await taskHub.close();
      await closed;
    },
  };
}

const environment = { TASK_HUB_NAME: 'fixture' };
const hubArgs = () => ['--task-hub', `http://127.0.0.1:${hub.port}`];

interface Check {
  readonly id: string;
  readonly statusQueryGetUri: string;
}

async function startHello(name: string): Promise<Check> {
  const reply = await fetch(`${host?.origin}/api/hello/${name}`, { method: 'POST' });
  expect(reply.status).toBe(202);
  return (await reply.json()) as Check;
}

const completed = (check: Check) =>
  waitFor('the orchestration to end', async () => {
    const reply = await fetch(check.statusQueryGetUri);
    const status = (await reply.json()) as { runtimeStatus: string; output: unknown };
    return status.runtimeStatus === 'Completed' && status;
  });

describe('durable functions in the host', () => {
  it('are started by a client, run, and answer for their status at the address of the host', async () => {
    host = await startHostProcess({ app: 'durable', environment, args: hubArgs() });
    const check = await startHello('Ada');
    expect(check.statusQueryGetUri.startsWith(host.origin)).toBe(true);
    expect((await completed(check)).output).toBe('Hello, Ada!');
    expect(await host.saw("Executing 'Functions.sayHello' (Reason=")).toBe(true);
  });

  it('are started while the hub starts anew: the call waits', async () => {
    host = await startHostProcess({ app: 'durable', environment, args: hubArgs() });
    const { port } = hub;
    await hub.close();
    const starting = startHello('Grace');
    expect(await host.saw("Executing 'Functions.startHello'")).toBe(true);
    hub = await startHub(port);
    expect((await completed(await starting)).output).toBe('Hello, Grace!');
  });

  it('make the host wait for a hub that is not there yet', async () => {
    const { port } = hub;
    await hub.close();
    const starting = forkHost({ app: 'durable', environment, args: ['--task-hub', `http://127.0.0.1:${port}`] });
    await waitFor('the host to say what it waits for', () => starting.output().includes('Waiting for task hub'));
    hub = await startHub(port);
    await starting.ready;
    starting.child.kill('SIGTERM');
    expect(await starting.exited).toBe(0);
  });

  it('keep an entity that their app signals', async () => {
    host = await startHostProcess({ app: 'durable', environment, args: hubArgs() });
    const address = `${host.origin}/runtime/webhooks/durabletask/entities/Counter/a`;
    for (const by of [2, 3])
      expect((await fetch(`${address}?op=add`, { method: 'POST', body: String(by) })).status).toBe(202);
    expect(await waitFor('both signals to be taken', async () => (await (await fetch(address)).text()) === '5')).toBe(
      true,
    );
  });
});
