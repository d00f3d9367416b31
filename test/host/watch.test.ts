// --watch and --inspect: a host for the time of writing.
import { rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startLoneHost, type LoneHost } from './support/lone-host.ts';
import { createTemporaryApp } from './support/temporary-app.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).toReversed()) await undo();
});

const saying = (word: string) =>
  `import { app } from '@azure/functions';
   import { mark } from './mark.js';
   app.get('word', () => ({ body: '${word}' + mark }));
   app.get('slow', () => new Promise((resolve) => setTimeout(resolve, 1_000, { body: '${word}' })));`;

function start(args: readonly string[]): {
  folder: string;
  host: LoneHost;
  write: (name: string, text: string) => void;
} {
  const app = createTemporaryApp({
    'package.json': { type: 'module', main: 'dist/main.js' },
    'dist/main.js': saying('one'),
    'dist/mark.js': 'export const mark = "";',
  });
  cleanUp.push(app.remove);
  const host = startLoneHost(app.folder, { args });
  cleanUp.push(host.stop);
  return { folder: app.folder, host, write: (name, text) => writeFileSync(join(app.folder, name), text) };
}

const word = async (origin: string) => (await fetch(`${origin}/api/word`)).text();
const says = (origin: string, wanted: string) =>
  waitFor(`the word ${wanted}`, async () => (await word(origin)) === wanted);

it('starts anew at the same address when a file changes that the app has loaded, after the calls that run', async () => {
  const { host, write } = start(['--watch']);
  const origin = await host.origin();
  const slow = fetch(`${origin}/api/slow`).then((reply) => reply.text());
  await host.saw("Executing 'Functions.slow'");
  write('dist/mark.js', 'export const mark = "!";');
  expect(await slow).toBe('one');
  await says(origin, 'one!');
  await host.saw(/The host process starts anew: \S+dist\/mark\.js has changed\./);
});

it('waits for a build that deletes its folder first', async () => {
  const { folder, host, write } = start(['--watch']);
  const origin = await host.origin();
  rmSync(join(folder, 'dist'), { recursive: true });
  expect(await word(origin)).toBe('one');
  mkdirSync(join(folder, 'dist'));
  write('dist/mark.js', 'export const mark = "";');
  write('dist/main.js', saying('two'));
  await says(origin, 'two');
});

it('says what is wrong with a broken build, and goes on with the next one', async () => {
  const { host, write } = start(['--watch']);
  const origin = await host.origin();
  write('dist/main.js', 'throw new Error("half done")');
  await host.saw('It is tried again when a file changes.');
  expect(host.output()).toContain('half done');
  write('dist/main.js', saying('three'));
  await says(origin, 'three');
});

it('starts anew with other settings', async () => {
  const { host, write } = start(['--watch']);
  const origin = await host.origin();
  expect((await fetch(`${origin}/v2/word`)).status).toBe(404);
  write('host.json', '{ "version": "2.0", "extensions": { "http": { "routePrefix": "v2" } } }');
  await waitFor('the new prefix', async () => (await fetch(`${origin}/v2/word`)).ok);
});

it('--inspect opens a port for a debugger and says so', async () => {
  const { host } = start(['--inspect', '0']);
  await host.origin();
  const [, address] = /Debugger listening on ws:\/\/(127\.0\.0\.1:\d+)\//.exec(host.output()) ?? [];
  expect(await (await fetch(`http://${address}/json/version`)).json()).toMatchObject({ Browser: expect.any(String) });
});

it('shows the lines of the sources where there are source maps', async () => {
  const { host, write } = start(['--watch']);
  const origin = await host.origin();
  // A map from line 1 of main.js to line 7 of main.ts.
  const map = { version: 3, sources: ['main.ts'], names: [], mappings: 'AAMA' };
  write('dist/main.js.map', JSON.stringify(map));
  write('dist/main.js', `throw new Error('mapped');\n//# sourceMappingURL=main.js.map\n`);
  await host.saw(/mapped[^]*dist\/main\.ts:7/);
  expect(origin).toContain('127.0.0.1');
});
