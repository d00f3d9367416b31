// What a process loads before its first request: half of a cold start, were it everything.
import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** The SDKs of services. What triggers are registered with is no such thing. */
const ofServices = /node_modules\/(@azure\/(?!functions)[^/]+|stripe|node-av)\//;

test('the app loads the SDK of no service before a function asks for one', async () => {
  const { metafile } = await build({
    entryPoints: { app: 'functions/index.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['@azure/functions-core', 'node-av'],
    metafile: true,
    logLevel: 'error',
  });
  const loaded = new Set<string>();
  const load = (output: string): void => {
    if (loaded.has(output)) return;
    loaded.add(output);
    for (const { path, kind } of metafile.outputs[output]?.imports ?? []) if (kind === 'import-statement') load(path);
  };
  load('dist/app.js');
  const inputs = [...loaded].flatMap((output) => Object.keys(metafile.outputs[output]?.inputs ?? {}));
  const packages = new Set(inputs.flatMap((input) => ofServices.exec(input)?.[1] ?? []));
  expect([...packages].toSorted()).toEqual([]);
});
