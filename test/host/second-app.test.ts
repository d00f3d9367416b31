// A second app, unlike ours: CommonJS, a glob of built files, no route prefix. As a newcomer would run it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startLocalStorage } from './support/local-storage.ts';
import { startLoneHost } from './support/lone-host.ts';

const root = join(import.meta.dirname, '../..');
const busSettings = (port: number | string) =>
  `Endpoint=sb://localhost:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;`;

let folder: string;
const cleanUp: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-app-'));
  const source = join(import.meta.dirname, 'fixtures/second-app');
  cpSync(source, folder, { recursive: true });
  // Its build.
  cpSync(join(source, 'src'), join(folder, 'dist/src'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  cleanUp.push(() => rmSync(folder, { recursive: true }));
});
afterEach(async () => {
  for (const undo of cleanUp.splice(0).toReversed()) await undo();
});

const settings = (Values: Record<string, string>) =>
  writeFileSync(
    join(folder, 'local.settings.json'),
    JSON.stringify({
      IsEncrypted: false,
      Values: { FUNCTIONS_WORKER_RUNTIME: 'node', HEARD_QUEUE: 'shouts', ...Values },
    }),
  );

/** A command of the package; resolves with what its `Ready:` line says. */
async function run(command: string, args: readonly string[]) {
  const child = spawn(process.execPath, [join(root, `local/bin/${command}.mjs`), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const exited = once(child, 'exit');
  cleanUp.push(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  const ready = await waitFor(`${command} to be ready`, () => /^Ready: (\S+)$/m.exec(text)?.[1]).catch(
    (error: unknown) => {
      throw new Error(text, { cause: error });
    },
  );
  return { ready: new URL(ready), output: () => text };
}

const text = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).text();

it('runs by millrace-host beside millrace-broker and storage', async () => {
  const topology = join(folder, 'broker.json');
  writeFileSync(topology, JSON.stringify({ serviceBus: { queues: [{ name: 'shouts' }] } }));
  const [broker, storage] = await Promise.all([
    run('millrace-broker', ['--config', topology, '--port', '0', '--ephemeral']),
    startLocalStorage(['greetings']),
  ]);
  cleanUp.push(storage.close);
  settings({ AzureWebJobsStorage: storage.connectionString, Bus: busSettings(broker.ready.port) });
  const host = startLoneHost(folder);
  cleanUp.push(host.stop);
  const origin = await host.origin();

  expect(await text(`${origin}/greet/Ada`)).toBe('Hello, Ada');
  await host.saw('heard ADA at delivery 1');
  expect(await text(`${origin}/greet`, { method: 'POST', body: 'Grace' })).toBe('Hello, Grace');
  await host.saw('heard GRACE');
  expect(await text(`${origin}/upper`, { method: 'POST', body: 'quietly' })).toBe('QUIETLY');
  expect(await text(`${origin}/quiet`)).toBe('{"path":"/quiet"}');
  await host.saw('] tick (Id=');
  await host.saw('hooks saw greet');
  expect(host.output()).toContain(`\tgreet: [GET,POST] ${origin}/greet/{name:alpha?}`);
  expect(host.output()).not.toContain('nobody reads this');
  expect(await host.stop()).toBe(0);
  expect(host.output()).toContain('second app says goodbye');
});

it('runs by millrace without a topology: what needs no entity works, what is missing is said', async () => {
  settings({ AzureWebJobsStorage: 'UseDevelopmentStorage=true', Bus: busSettings(5672) });
  const anyPorts = ['--port', '--amqp-port', '--blob-port', '--queue-port', '--table-port', '--services-port'];
  const { ready, output } = await run('millrace', ['--ephemeral', ...anyPorts.flatMap((port) => [port, '0'])]);
  expect(output()).toContain('There is no infra/topology.json: no queue, topic or hub is created.');
  expect(await text(`${ready.origin}/upper`, { method: 'POST', body: 'quietly' })).toBe('QUIETLY');
  expect(await text(`${ready.origin}/local/mail`)).toBe('[]');
  expect(output()).toMatch(/hear[^]*shouts/);
});
