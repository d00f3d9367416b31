// Bundles the app into dist/: shared chunks, every package but the host's own module inside, source maps beside.
//   node build.ts [--if-stale]
import { existsSync, globSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const entry = 'dist/index.js';
const sources = ['functions/**', 'shared/**', 'infra/topology.json', 'package-lock.json', 'build.ts'];

function isStale(): boolean {
  if (!existsSync(entry)) return true;
  const builtAt = statSync(entry).mtimeMs;
  return globSync(sources).some((path) => statSync(path).mtimeMs > builtAt);
}

/** CommonJS packages inside an ES module need a `require` of their own. */
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** The compile cache saves most of the time the bundle takes to load; it has to be on before the bundle is read. */
const stub = `import { enableCompileCache, flushCompileCache } from 'node:module';
enableCompileCache(import.meta.dirname + '/.compile-cache');
await import('./app.js');
flushCompileCache();
`;

if (!process.argv.includes('--if-stale') || isStale()) {
  rmSync('dist', { recursive: true, force: true });
  await build({
    entryPoints: { app: 'functions/index.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: true,
    external: ['@azure/functions-core'],
    banner: { js: banner },
    logLevel: 'warning',
  });
  writeFileSync(entry, stub);
}
