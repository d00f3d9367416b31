import { build } from 'esbuild';
import { join } from 'node:path';
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

  it.each(['preInvocation', 'postInvocation'])('fails the call when its %s hook throws', async (name) => {
    const host = await start({
      'main.js': `${hello} app.hook.${name}(() => { throw new Error('hook is broken'); });`,
    });
    expect((await fetch(`${host.origin}/api/hello`)).status).toBe(500);
    expect(await host.saw(/Executed 'Functions\.hello' \(Failed[^]*hook is broken/)).toBe(true);
  });

  it('lets a postInvocation hook turn a failure into a result', async () => {
    const host = await start({
      'main.js': `import { app } from '@azure/functions';
        app.get('fails', () => { throw new Error('no'); });
        app.hook.postInvocation((context) => { context.error = undefined; context.result = { body: 'mended' }; });`,
    });
    expect(await textOf(host, 'fails')).toBe('mended');
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

  it('runs every appTerminate hook, also after one that fails', async () => {
    const host = await startHostProcess({
      app: appOf({
        'main.js': `${hello}
          app.hook.appTerminate(() => { throw new Error('hook is broken'); });
          app.hook.appTerminate(() => console.log('terminating'));`,
      }),
    });
    expect(await host.stop()).toBe(0);
    expect(host.output()).toMatch(/An appTerminate hook failed: Error: hook is broken[^]*terminating/);
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
