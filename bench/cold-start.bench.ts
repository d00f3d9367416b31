// Cold start: from a fresh host process to the first answer of a function, the app's bundle (dist/) against a bundle that says
// hello and nothing else, both built alike and with warm compile caches. Nothing the app talks to is there: it answers a bad order
// with 400, which takes its whole module graph and none of its services.
//   PAIRS=15 npm run bench -- cold-start
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { createTemporaryApp } from '../test/host/support/temporary-app.ts';
import { usageOf } from './broker/servers.ts';
import { compare, type Side } from './pairs.ts';

const pairs = Number(process.env['PAIRS'] ?? 15);
const pollEveryMs = 2;
const patienceMs = 20_000;
/** At most 1.3 times as long. */
const target = 1 / 1.3;

const hello = `import { app } from '@azure/functions';
app.http('hello', { methods: ['POST'], authLevel: 'anonymous', handler: async () => ({ status: 400 }) });`;

const settings = (): Record<string, string> =>
  (JSON.parse(readFileSync('local.settings.sample.json', 'utf8')) as { Values: Record<string, string> }).Values;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Undefined while nobody listens. */
function statusOf(port: number, path: string): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const headers = { 'content-type': 'application/json' };
  const sent = request({ port, path, method: 'POST', host: '127.0.0.1', headers, agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  sent.once('error', () => resolve(undefined)).end('{}');
  return promise;
}

/** 503 until the app is loaded. */
async function firstAnswer(port: number, path: string): Promise<number> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const status = await statusOf(port, path);
    if (status !== undefined && status !== 503) return status;
    await delay(pollEveryMs);
  }
  throw new Error(`no answer from ${path} within ${patienceMs} ms`);
}

function sideOf(name: string, folder: string, path: string): Side {
  return {
    name,
    run: async () => {
      const port = await freePort();
      const begun = performance.now();
      const child = fork('local/bin/millrace-host.mjs', [folder, '--port', String(port)], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: { ...process.env, ...settings(), PREPARE_STORAGE: 'false' },
      });
      const exited = once(child, 'exit');
      try {
        const status = await firstAnswer(port, path);
        const wallMs = performance.now() - begun;
        const cpuMs = usageOf(() => child.pid).cpuMs();
        if (status !== 400) throw new Error(`${name} answered ${status}, not 400`);
        return { units: 1, wallMs, cpuMs };
      } finally {
        child.kill('SIGKILL');
        await exited;
      }
    },
  };
}

async function buildHello(folder: string): Promise<void> {
  await build({
    stdin: { contents: hello, resolveDir: process.cwd() },
    outfile: join(folder, 'app.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: ['@azure/functions-core'],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  const stub = `import { enableCompileCache, flushCompileCache } from 'node:module';
enableCompileCache(import.meta.dirname + '/.compile-cache');
await import('./app.js');
flushCompileCache();`;
  writeFileSync(join(folder, 'main.js'), stub);
}

export async function run(): Promise<void> {
  if (!existsSync('dist/index.js')) throw new Error('The app is not built yet: npm run build.');
  const peer = createTemporaryApp({});
  try {
    await buildHello(peer.folder);
    const [app, bare] = [
      sideOf('the app', process.cwd(), '/api/v1/orders'),
      sideOf('hello', peer.folder, '/api/hello'),
    ];
    // Each twice: the first run fills the compile caches.
    for (const side of [app, bare, app, bare]) await side.run();
    await compare('First answer of a fresh process', app, bare, { pairs, target, unit: 'starts' });
  } finally {
    peer.remove();
  }
}
