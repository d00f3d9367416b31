// What a process loads before its first request: half of a cold start, were it everything.
import { globSync, readFileSync } from 'node:fs';
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

/** esbuild gives a CommonJS package that is imported so a default export only, where node gives its names too. */
test('what is loaded later is a module of ours, which imports the package', () => {
  const sources = globSync('{functions,shared}/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  expect(sources.filter(({ text }) => /\bimport\('[^.]/.test(text)).map(({ path }) => path)).toEqual([]);
});
