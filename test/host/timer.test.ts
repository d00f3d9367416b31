import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { forkHost, startHostProcess, type HostProcess, type StartingHost } from './support/host-process.ts';
import { type LocalStorage, startLocalStorage } from './support/local-storage.ts';
import { createTemporaryApp, type TemporaryApp } from './support/temporary-app.ts';

let storage: LocalStorage;
let app: TemporaryApp | undefined;
const hosts: HostProcess[] = [];

beforeAll(async () => {
  storage = await startLocalStorage([]);
});
afterAll(async () => {
  await storage.close();
});
afterEach(async () => {
  for (const host of hosts.splice(0)) if (host.child.signalCode === null) await host.stop();
  app?.remove();
});

const settings = () => ({ AzureWebJobsStorage: storage.connectionString, AzureFunctionsWebHost__hostid: 'timers' });

async function startHost(environment: Readonly<Record<string, string>> = {}): Promise<HostProcess> {
  const host = await startHostProcess({ app: app?.folder ?? '', environment: { ...settings(), ...environment } });
  hosts.push(host);
  return host;
}

const statusBlob = (fn: string) =>
  BlobServiceClient.fromConnectionString(storage.connectionString)
    .getContainerClient('azure-webjobs-hosts')
    .getBlockBlobClient(`timers/timers/Host.Functions.${fn}/status`);

/** As a host that was there at `last` and then went left it. */
async function leaveStatus(fn: string, status: object): Promise<void> {
  const text = JSON.stringify(status);
  const service = BlobServiceClient.fromConnectionString(storage.connectionString);
  await service.getContainerClient('azure-webjobs-hosts').createIfNotExists();
  await statusBlob(fn).upload(text, text.length);
}

const readStatus = async (fn: string) =>
  JSON.parse((await statusBlob(fn).downloadToBuffer()).toString()) as Record<'Last' | 'Next' | 'LastUpdated', string>;

/** The yearly occurrence that was missed, and how the host before reckoned it. */
const missed = {
  Last: '2020-06-01T00:00:00.000Z',
  Next: '2021-01-01T00:00:00.000Z',
  LastUpdated: '2020-06-01T00:00:00.000Z',
};

describe('timer functions', () => {
  it('fire by their schedule, at the start when they ask for it, and by hand', async () => {
    app = createTemporaryApp({
      'main.js': `import { app } from '@azure/functions';
        app.timer('often', { schedule: '%OFTEN%', handler: (timer, context) => context.log('often', JSON.stringify(timer)) });
        app.timer('atStart', { schedule: '0 0 0 1 1 *', runOnStartup: true, handler: (_, context) => context.log('at start') });
        app.timer('yearly', { schedule: '0 0 0 1 1 *', handler: (timer, context) => context.log('by hand', timer.isPastDue) });`,
    });
    const host = await startHost({ OFTEN: '* * * * * *' });
    expect(await host.saw('at start')).toBe(true);
    expect(await host.saw('often {"schedule":{"adjustForDST":true},"scheduleStatus":null,"isPastDue":false}')).toBe(
      true,
    );
    expect(host.output()).not.toContain('by hand');
    const called = await fetch(`${host.origin}/admin/functions/yearly`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(called.status).toBe(202);
    expect(await host.saw('by hand false')).toBe(true);
    const { Last, Next } = await readStatus('yearly');
    expect([Last, Next]).toEqual(['0001-01-01T00:00:00', expect.stringMatching(/-01-01T00:00:00.000Z$/)]);
  });

  it('make up for what was missed while no host was there, once and past due', async () => {
    app = createTemporaryApp({
      'main.js': `import { app } from '@azure/functions';
        app.timer('missed', { schedule: '0 0 0 1 1 *', handler: (timer, context) =>
          context.log('ran', timer.isPastDue, timer.scheduleStatus.last, timer.scheduleStatus.next) });`,
    });
    await leaveStatus('missed', missed);
    const first = await startHost();
    expect(await first.saw(`ran true ${missed.Last} ${missed.Next}`)).toBe(true);
    await waitFor('the run to be noted', async () => (await readStatus('missed')).Last !== missed.Last);
    await first.stop();
    const second = await startHost();
    await fetch(`${second.origin}/admin/host/status`);
    expect(second.output()).not.toContain('ran true');
  });

  it('wait for storage that is not there, and say so', async () => {
    app = createTemporaryApp({
      'main.js': `import { app } from '@azure/functions';
        app.timer('waits', { schedule: '0 0 0 1 1 *', runOnStartup: true, handler: (_, context) => context.log('at last') });`,
    });
    let starting: StartingHost | undefined;
    await storage.restart(async () => {
      const waiting = forkHost({ app: app?.folder ?? '', environment: settings() });
      await waitFor('the host to say that it waits', () =>
        waiting.output().includes('Waiting for storage (AzureWebJobsStorage)'),
      );
      starting = waiting;
    });
    await starting?.ready;
    await waitFor('the timer to fire', () => starting?.output().includes('at last'));
    starting?.child.kill('SIGTERM');
    expect(await starting?.exited).toBe(0);
  });

  it('that fail go on, after the tries of their retry policy', async () => {
    app = createTemporaryApp({
      'main.js': `import { app } from '@azure/functions';
        app.timer('fails', { schedule: '0 0 0 1 1 *', runOnStartup: true,
          retry: { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: { milliseconds: 1000 } },
          handler: (_, context) => { throw new Error('try ' + (context.retryContext?.retryCount ?? 0)); } });`,
    });
    const host = await startHost();
    expect(await host.saw('try 1')).toBe(true);
    await waitFor('the run to be noted', async () => !(await readStatus('fails')).Last.startsWith('0001'));
  });
});

describe('a timer on two hosts', () => {
  it('fires on one of them; when that one dies in its run the other makes up for it: one effect a slot', async () => {
    app = createTemporaryApp({
      'main.js': `import { app } from '@azure/functions';
        import { appendFileSync, existsSync } from 'node:fs';
        import { join } from 'node:path';
        const file = (name) => join(process.cwd(), name);
        app.timer('slot', { schedule: '0 0 0 1 1 *', handler: async (timer) => {
          appendFileSync(file('begun'), timer.scheduleStatus.next + ' ' + process.env.NAME + '\\n');
          while (!existsSync(file('go'))) await new Promise((resolve) => setTimeout(resolve, 20));
          appendFileSync(file('effects'), timer.scheduleStatus.next + ' ' + process.env.NAME + '\\n');
        } });`,
    });
    const { folder } = app;
    const linesOf = (name: string) =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').trim().split('\n') : [];
    await leaveStatus('slot', missed);
    const [one] = [await startHost({ NAME: 'one' }), await startHost({ NAME: 'two' })];
    await waitFor('the run to begin', () => linesOf('begun').length > 0);
    expect(linesOf('begun')).toEqual([`${missed.Next} one`]);
    one.child.kill('SIGKILL');
    appendFileSync(join(folder, 'go'), '');
    await waitFor('the other host to take over', () => linesOf('effects').length > 0, { timeoutMs: 30_000 });
    await waitFor('the run to be noted', async () => (await readStatus('slot')).Last !== missed.Last);
    expect(linesOf('effects')).toEqual([`${missed.Next} two`]);
  });
});
