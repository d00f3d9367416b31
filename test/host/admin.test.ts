// The admin API: what runs here, and running it by hand.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { forkHost, type StartingHost } from './support/host-process.ts';
import { createTemporaryApp, type TemporaryApp } from './support/temporary-app.ts';

let app: TemporaryApp;
let host: StartingHost;
let origin: string;
beforeAll(async () => {
  app = createTemporaryApp({
    'main.js': `import { app } from '@azure/functions';
      app.get('hello', { route: 'hello/{name?}', handler: () => ({ body: 'hello' }) });
      const say = (kind) => (input, context) => context.log(kind + ' ' + JSON.stringify(input));
      app.timer('timed', { schedule: '0 0 0 1 1 *', handler: (timer, context) => context.log('timed ' + timer.isPastDue) });
      app.timer('off', { schedule: '* * * * * *', handler: say('off') });
      app.timer('offToo', { schedule: '* * * * * *', handler: say('offToo') });
      app.storageQueue('queued', { queueName: 'q', connection: '', handler: say('queued') });
      app.serviceBusQueue('bus', { queueName: 'q', connection: 'Bus', handler: say('bus') });
      app.serviceBusQueue('busMany', { queueName: 'q', connection: 'Bus', cardinality: 'many', handler: say('busMany') });
      app.eventHub('hub', { eventHubName: 'h', connection: 'Bus', cardinality: 'many', handler: say('hub') });
      app.eventGrid('grid', { handler: say('grid') });`,
  });
  // No service is there: what is run by hand needs none.
  host = forkHost({
    app: app.folder,
    environment: {
      Bus: 'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true;',
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      'AzureWebJobs.off.Disabled': 'true',
      AzureWebJobs__offToo__Disabled: '1',
    },
  });
  origin = await waitFor('the function table', () => /(http:\S+)\/api\/hello/.exec(host.output())?.[1]);
});
afterAll(async () => {
  host.child.kill('SIGTERM');
  await host.exited;
  app.remove();
});

const get = async (path: string) => (await fetch(origin + path)).json();

describe('functions', () => {
  it('are listed with address, trigger and state', async () => {
    const all = (await get('/admin/functions')) as { name: string; isDisabled: boolean }[];
    expect(all.filter(({ isDisabled }) => isDisabled).map(({ name }) => name)).toEqual(['off', 'offToo']);
    expect(all[0]).toMatchObject({
      name: 'hello',
      href: `${origin}/admin/functions/hello`,
      invoke_url_template: `${origin}/api/hello/{name?}`,
    });
  });

  it('have a status', async () => {
    expect(await get('/admin/functions/OFF/status')).toEqual({ isDisabled: true, errors: [] });
    expect((await fetch(`${origin}/admin/functions/unheardOf/status`)).status).toBe(404);
    expect((await fetch(`${origin}/admin/functions/off/whatever`)).status).toBe(404);
  });

  const byHand = (name: string, input: unknown) =>
    fetch(`${origin}/admin/functions/${name}`, { method: 'POST', body: JSON.stringify({ input }) });

  it.each([
    ['timed', '', 'timed false'],
    ['queued', 'a text', 'queued "a text"'],
    ['queued', '{"a":1}', 'queued {"a":1}'],
    ['bus', '{"b":1}', 'bus {"b":1}'],
    ['busMany', '{"c":1}', 'busMany [{"c":1}]'],
    ['hub', '{"d":1}', 'hub [{"d":1}]'],
    ['grid', '{"id":"1","data":{"e":1}}', 'grid {"id":"1","data":{"e":1}}'],
    // As in Azure: a timer is switched off on a developer's machine and run by hand.
    ['off', '', 'off {'],
  ])('%s runs by hand with %s', async (name, input, line) => {
    expect((await byHand(name, input)).status).toBe(202);
    await waitFor(line, () => host.output().includes(`] ${line}`));
    await waitFor('its end', () => host.output().includes(`Executed 'Functions.${name}' (Succeeded`));
  });

  it('do not run by hand when they are called by HTTP', async () => {
    expect((await byHand('hello', '')).status).toBe(400);
  });

  it('say what a call by hand must look like', async () => {
    const reply = await fetch(`${origin}/admin/functions/queued`, { method: 'POST', body: 'no JSON' });
    expect([reply.status, await reply.json()]).toEqual([
      400,
      { error: expect.stringContaining('{ "input": "<text>" }') },
    ]);
  });

  it('have no other methods', async () => {
    expect((await fetch(`${origin}/admin/functions/queued`, { method: 'DELETE' })).status).toBe(405);
  });
});

describe('the host', () => {
  it('has a status and answers a ping', async () => {
    expect(await get('/admin/host/status')).toMatchObject({ state: 'Running' });
    expect((await fetch(`${origin}/admin/host/ping`)).status).toBe(200);
  });

  it('has no keys where none are demanded', async () => {
    expect(await get('/admin/host/keys')).toEqual({ keys: [] });
    expect((await fetch(`${origin}/admin/host/unheardOf`)).status).toBe(404);
  });
});
