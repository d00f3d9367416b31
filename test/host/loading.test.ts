import { build } from 'esbuild';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { forkHost, startHostProcess, type HostProcess, type HostProcessOptions } from './support/host-process.ts';
import { createTemporaryApp } from './support/temporary-app.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).toReversed()) await undo();
});

const hello = `import { app } from '@azure/functions';\napp.get('hello', () => ({ body: 'hello' }));\n`;

function appOf(files: Readonly<Record<string, string | object>>): string {
  const app = createTemporaryApp(files);
  cleanUp.push(app.remove);
  return app.folder;
}

async function start(
  files: Readonly<Record<string, string | object>>,
  options: Omit<HostProcessOptions, 'app'> = {},
): Promise<HostProcess> {
  const host = await startHostProcess({ ...options, app: appOf(files) });
  cleanUp.push(host.stop);
  return host;
}

const textOf = async (host: HostProcess, path: string) => (await fetch(`${host.origin}/api/${path}`)).text();

async function failure(app: string, args: readonly string[] = []): Promise<string> {
  const { ready, exited, output } = forkHost({ app, args });
  await expect(ready).rejects.toThrow(/./);
  expect(await exited).toBe(1);
  return output();
}

describe('loading an app', () => {
  it('takes every file of a brace glob', async () => {
    const host = await start({
      'package.json': { main: '{first,second}/*.js' },
      'first/a.js': `require('@azure/functions').app.get('a', () => ({ body: 'a' }));`,
      'second/b.js': `require('@azure/functions').app.get('b', () => ({ body: 'b' }));`,
    });
    expect([await textOf(host, 'a'), await textOf(host, 'b')]).toEqual(['a', 'b']);
  });

  it('serves an ESM app that requires the core module itself', async () => {
    const host = await start({
      'main.js': `${hello}
        import { hostVersion } from '@azure/functions-core';
        import { createRequire } from 'node:module';
        const same = createRequire(import.meta.url)('@azure/functions-core').hostVersion === hostVersion;
        app.get('same', () => ({ body: String(same) }));`,
    });
    expect(await textOf(host, 'same')).toBe('true');
  });

  it('serves an esbuild bundle that holds the library, streaming too', async () => {
    const folder = appOf({
      'package.json': { type: 'module', main: 'dist/main.js' },
      'source.js': `import { app } from '@azure/functions';
        app.setup({ enableHttpStream: true });
        app.post('echo', (request) => ({ body: request.body }));`,
    });
    await build({
      entryPoints: [join(folder, 'source.js')],
      outfile: join(folder, 'dist/main.js'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@azure/functions-core'],
      banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    });
    const host = await startHostProcess({ app: folder });
    cleanUp.push(host.stop);
    const reply = await fetch(`${host.origin}/api/echo`, { method: 'POST', body: 'through' });
    expect(await reply.text()).toBe('through');
  });

  it('runs the hooks in order, with the data they share', async () => {
    const host = await start({
      'main.js': `import { app } from '@azure/functions';
        app.hook.appStart((context) => { globalThis.started = true; });
        app.hook.preInvocation((context) => {
          context.hookData.before = 'before';
          const handler = context.functionHandler;
          context.functionHandler = (...args) => handler(...args);
          context.inputs = [{ ...context.inputs[0], replaced: true }];
        });
        app.hook.postInvocation((context) => { context.result = { jsonBody: { ...context.result.jsonBody, ...context.hookData } }; });
        app.hook.log((context) => { context.message = 'seen: ' + context.message; });
        app.get('hooked', (request, context) => { context.log('line'); return { jsonBody: { started, replaced: request.replaced } }; });`,
    });
    expect(JSON.parse(await textOf(host, 'hooked'))).toEqual({ started: true, replaced: true, before: 'before' });
    expect(await host.saw('seen: line')).toBe(true);
  });

  it('puts Values of local.settings.json into the environment, where it wins', async () => {
    const main = `${hello} app.get('settings', () => ({ jsonBody: [process.env.FROM_FILE, process.env.FROM_BOTH] }));`;
    const settings = { Values: { FROM_FILE: 'file', FROM_BOTH: 'file' } };
    const files = { 'main.js': main, 'local.settings.json': settings };
    const host = await start(files, { environment: { FROM_BOTH: 'environment' } });
    expect(JSON.parse(await textOf(host, 'settings'))).toEqual(['file', 'environment']);
  });

  it('lets browsers of the origins in Host.CORS call', async () => {
    const host = await start({ 'main.js': hello, 'local.settings.json': { Host: { CORS: 'https://shop.example' } } });
    const allowed = async (origin: string, method = 'GET') => {
      const headers = { origin, 'access-control-request-method': 'GET' };
      const reply = await fetch(`${host.origin}/api/hello`, { method, headers });
      return [reply.status, reply.headers.get('access-control-allow-origin')];
    };
    expect(await allowed('https://shop.example')).toEqual([200, 'https://shop.example']);
    expect(await allowed('https://evil.example')).toEqual([200, null]);
    expect(await allowed('https://shop.example', 'OPTIONS')).toEqual([204, 'https://shop.example']);
  });

  it('leaves a disabled function out', async () => {
    const host = await start({ 'main.js': hello }, { environment: { 'AzureWebJobs.hello.Disabled': 'true' } });
    expect((await fetch(`${host.origin}/api/hello`)).status).toBe(404);
    expect(await host.saw('hello: httpTrigger (disabled)')).toBe(true);
  });

  it('prints one JSON object a line with --json', async () => {
    const host = await start({ 'main.js': hello }, { args: ['--json'] });
    await textOf(host, 'hello');
    expect(await host.saw('Executed')).toBe(true);
    const lines = host
      .output()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { functionName?: string });
    expect(lines.some(({ functionName }) => functionName === 'hello')).toBe(true);
  });
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
      /'Functions\.oddSetting' was unable to start: The setting 'NO_SUCH_SETTING' is needed/,
      /'Functions\.oddBus' was unable to start: The connection 'NoSuchBus' is not set/,
    ])
      expect(await host.saw(message)).toBe(true);
  });
});

describe('an app that cannot run', () => {
  it.each([
    ['no file', {}, /No file matches "main": "main\.js".*Build the app first/],
    ['no main', { 'package.json': {} }, /has no "main"/],
    ['no host.json', { 'main.js': hello, 'host.json': {} }, /must say "version": "2\.0"/],
    ['no function', { 'main.js': 'export {};' }, /No function was registered/],
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

describe('the end of a host', () => {
  it('comes with SIGTERM and leaves exit code 0', async () => {
    const host = await startHostProcess({ app: appOf({ 'main.js': hello }) });
    expect(await host.stop()).toBe(0);
  });

  it('comes when the supervisor is gone', async () => {
    const { child, ready, exited } = forkHost({ app: appOf({ 'main.js': hello }) });
    await ready;
    child.disconnect();
    expect(await exited).toBe(0);
  });

  it('does not come with SIGINT while there is a supervisor', async () => {
    const host = await start({ 'main.js': hello });
    host.child.kill('SIGINT');
    expect(await textOf(host, 'hello')).toBe('hello');
  });

  it('shows when the app ends the process', async () => {
    const host = await start({ 'main.js': `${hello} app.get('exits', () => process.exit(7));` });
    await fetch(`${host.origin}/api/exits`).catch(() => undefined);
    expect(await host.saw('The host ends with exit code 7')).toBe(true);
  });

  it('waits for a request that runs, and runs appTerminate hooks', async () => {
    const host = await startHostProcess({
      app: appOf({
        'main.js': `${hello}
          app.hook.appTerminate(() => console.log('terminating'));
          app.get('slow', () => new Promise((resolve) => setTimeout(resolve, 300, { body: 'done' })));`,
      }),
    });
    const reply = textOf(host, 'slow');
    expect(await host.saw("Executing 'Functions.slow'")).toBe(true);
    expect(await host.stop()).toBe(0);
    expect(await reply).toBe('done');
    expect(host.output()).toContain('terminating');
  });
});

describe('functionTimeout', () => {
  it('ends a call that takes too long with 500', async () => {
    const host = await start({
      'host.json': { version: '2.0', functionTimeout: '00:00:01' },
      'main.js': `${hello} app.get('hangs', () => new Promise(() => {}));`,
    });
    expect((await fetch(`${host.origin}/api/hangs`)).status).toBe(500);
    expect(await host.saw("exceeded by function 'Functions.hangs'")).toBe(true);
  });
});
