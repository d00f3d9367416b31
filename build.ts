// Builds what runs: the app as a bundle in dist/ (shared chunks, every package but the host's own module and node-av inside)
// and the console in web/dist.
//   node build.ts [--if-stale]
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const ifStale = process.argv.includes('--if-stale');

function isStale(output: string, sources: readonly string[]): boolean {
  if (!ifStale || !existsSync(output)) return true;
  const builtAt = statSync(output).mtimeMs;
  return globSync([...sources, 'package-lock.json', 'build.ts']).some((path) => statSync(path).mtimeMs > builtAt);
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

/** Afterwards, and only what no build writes any more: an app that runs meanwhile goes on finding its files. */
function removeLeftovers(outputs: readonly string[]): void {
  const kept = new Set(['dist/index.js', ...outputs]);
  for (const path of globSync('dist/*.{js,map}')) if (!kept.has(path)) rmSync(path);
}

if (isStale('dist/index.js', ['functions/**', 'shared/**', 'infra/topology.json'])) {
  const { metafile } = await build({
    entryPoints: { app: 'functions/index.ts', 'video-child': 'shared/adapters/video-engine/video-child.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: true,
    external: ['@azure/functions-core', 'node-av'],
    banner: { js: banner },
    logLevel: 'warning',
    metafile: true,
  });
  writeFileSync('dist/index.js', stub);
  removeLeftovers(Object.keys(metafile.outputs));
}

if (isStale('web/dist/index.html', ['web/src/**', 'web/index.html', 'web/vite.config.ts'])) {
  execFileSync('npm', ['run', '--silent', 'build', '--workspace', 'web', '--', '--logLevel', 'warn'], {
    stdio: 'inherit',
  });
}
