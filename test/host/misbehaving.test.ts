// Apps that cannot run, or not all of them: what is said, and that the rest goes on.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { forkHost, startHostProcess, type HostProcess } from './support/host-process.ts';
import { createTemporaryApp } from './support/temporary-app.ts';

type Files = Readonly<Record<string, string | object>>;

const hello = `import { app } from '@azure/functions';\napp.get('hello', () => ({ body: 'hello' }));\n`;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).toReversed()) await undo();
});

function appOf(files: Files): string {
  const app = createTemporaryApp(files);
  cleanUp.push(app.remove);
  return app.folder;
}

async function start(files: Files): Promise<HostProcess> {
  const host = await startHostProcess({ app: appOf(files) });
  cleanUp.push(host.stop);
  return host;
}

const textOf = async (host: HostProcess, path: string) => (await fetch(`${host.origin}/api/${path}`)).text();

async function failure(app: string, args: readonly string[] = [], environment = {}): Promise<string> {
  const { ready, exited, output } = forkHost({ app, args, environment });
  await expect(ready).rejects.toThrow(/./);
  expect(await exited).toBe(1);
  return output();
}

it('a rejection outside of every call is said, and the host goes on', async () => {
  const host = await start({
    'main.js': `${hello} setTimeout(() => Promise.reject(new Error('of nobody')), 1);`,
  });
  expect(await host.saw('Unhandled rejection: Error: of nobody')).toBe(true);
  expect(await textOf(host, 'hello')).toBe('hello');
});

describe('an app that is partly wrong', () => {
  it('runs the files that load and names the one that throws', async () => {
    const host = await start({
      'package.json': { type: 'module', main: '*.js' },
      'bad.js': `throw new Error('broken at load');`,
      'good.js': hello,
    });
    expect(await textOf(host, 'hello')).toBe('hello');
    expect(await host.saw(/Unable to load entry point "bad\.js": Error: broken at load/)).toBe(true);
  });

  it('runs the functions that can run and names the others', async () => {
    const host = await start({
      'main.js': `import { app, output } from '@azure/functions';
        app.get('hello', () => ({ body: 'hello' }));
        app.get('Hello', () => ({ body: 'second' }));
        app.generic('oddTrigger', { trigger: { type: 'kafkaTrigger', name: 'x' }, handler: () => {} });
        app.get('oddOutput', { extraOutputs: [output.generic({ type: 'kafka' })], handler: () => {} });
        app.get('oddRoute', { route: 'x/{id:unheardOf}', handler: () => {} });
        app.timer('oddSchedule', { schedule: 'now and then', handler: () => {} });
        app.timer('oddSetting', { schedule: '%NO_SUCH_SETTING%', handler: () => {} });
        app.serviceBusQueue('oddBus', { connection: 'NoSuchBus', queueName: 'q', handler: () => {} });`,
    });
    expect(await textOf(host, 'hello')).toBe('hello');
    for (const message of [
      /'Hello' is registered twice/,
      /'oddTrigger' is left out: the local host does not support its trigger 'kafkaTrigger'/,
      /'oddOutput' is left out: the local host does not support its output binding 'kafka'/,
      /'oddRoute' is left out: The route constraint 'unheardOf' is unknown/,
      /'Functions\.oddSchedule' was unable to start: The schedule 'now and then' is no NCRONTAB expression/,
      /'oddSetting' is left out: The setting 'NO_SUCH_SETTING' is needed/,
      /'oddBus' is left out: The connection 'NoSuchBus' is not set/,
    ])
      expect(await host.saw(message)).toBe(true);
  });
});

it('a file with a syntax error is named with its line', async () => {
  const host = await start({
    'package.json': { type: 'module', main: '*.js' },
    'bad.js': 'let x = 1;\nlet = ;',
    'good.js': hello,
  });
  expect(await host.saw(/Unable to load entry point "bad\.js": [^]*bad\.js:2[^]*SyntaxError/)).toBe(true);
});

it('extensionBundle and a missing local.settings.json are nothing to speak of', async () => {
  const extensionBundle = { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' };
  const host = await start({ 'main.js': hello, 'host.json': { version: '2.0', extensionBundle } });
  expect(await textOf(host, 'hello')).toBe('hello');
  expect(host.output()).not.toMatch(/extensionBundle|local\.settings/);
});

describe('an app that cannot run', () => {
  it('for another language is refused', async () => {
    const app = appOf({ 'main.js': hello, 'local.settings.json': { Values: { FUNCTIONS_WORKER_RUNTIME: 'python' } } });
    expect(await failure(app)).toContain("FUNCTIONS_WORKER_RUNTIME is 'python': this host runs apps for 'node' only");
  });

  it.each(['much', '1'])('with MILLRACE_HOST_MEMORY_MB=%s is refused', async (memory) => {
    const output = await failure(appOf({ 'main.js': hello }), [], { MILLRACE_HOST_MEMORY_MB: memory });
    expect(output).toContain('MILLRACE_HOST_MEMORY_MB must be a whole number of at least 64');
  });

  it.each([
    ['no file', {}, /No file matches "main": "main\.js".*Build the app first/],
    ['no main', { 'package.json': {} }, /has no "main"/],
    ['no host.json', { 'main.js': hello, 'host.json': {} }, /must say "version": "2\.0"; it says undefined/],
    [
      'host.json of version 1',
      { 'main.js': hello, 'host.json': { version: '1.0' } },
      /must say "version": "2\.0"; it says "1\.0"/,
    ],
    ['no function', { 'main.js': 'export {};' }, /No function was registered/],
    [
      'model v3',
      { 'main.js': 'export {};', 'old/function.json': {} },
      /old\/function\.json is of programming model v3: only v4/,
    ],
    [
      'encrypted settings',
      { 'main.js': hello, 'local.settings.json': { IsEncrypted: true } },
      /local\.settings\.json is encrypted: run/,
    ],
    [
      'an appStart hook that throws',
      { 'main.js': `${hello} app.hook.appStart(() => { throw new Error('not today'); });` },
      /An appStart hook failed: Error: not today/,
    ],
    ['only broken files', { 'main.js': `throw new Error('broken at load');` }, /broken at load/],
    [
      'settings that are no JSON',
      { 'main.js': hello, 'local.settings.json': '{ no' },
      /local\.settings\.json is not valid JSON/,
    ],
  ])('ends with a message: %s', async (_, files, message) => {
    expect(await failure(appOf(files))).toMatch(message);
  });

  it('ends with a message when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    cleanUp.push(() => other.close());
    const { port } = other.address() as AddressInfo;
    const output = await failure(appOf({ 'main.js': hello }), ['--port', String(port)]);
    expect(output).toContain(`Port ${port} for the Functions host is taken`);
    expect(output).toContain('--port');
  });

  it('refuses an option nobody knows', async () => {
    expect(await failure(appOf({ 'main.js': hello }), ['--prot', '1'])).toContain("'--prot'");
  });
});
