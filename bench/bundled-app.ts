// A variant of the app in a folder of its own, bundled as build.ts bundles the app: another entry point, or another package in
// the place of one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createTemporaryApp, type TemporaryApp } from '../test/host/support/temporary-app.ts';

const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** @param alias packages by the module that takes their place */
export async function bundleApp(entry: string, alias: Readonly<Record<string, string>> = {}): Promise<TemporaryApp> {
  const app = createTemporaryApp({
    'host.json': readFileSync('host.json', 'utf8'),
    'local.settings.json': readFileSync('local.settings.sample.json', 'utf8'),
  });
  await build({
    entryPoints: [entry],
    outfile: join(app.folder, 'main.js'),
    alias: Object.fromEntries(Object.entries(alias).map(([name, path]) => [name, join(process.cwd(), path)])),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: ['@azure/functions-core', 'node-av'],
    banner: { js: banner },
    logLevel: 'warning',
  });
  return app;
}
