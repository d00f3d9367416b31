// Builds what runs: the app as a bundle in dist/ (shared chunks, every package but the host's own module and node-av inside) and the
// console in web/dist.
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

if (isStale('dist/index.js', ['functions/**', 'shared/**', 'infra/topology.json'])) {
  rmSync('dist', { recursive: true, force: true });
  await build({
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
  });
  writeFileSync('dist/index.js', stub);
}

if (isStale('web/dist/index.html', ['web/src/**', 'web/index.html', 'web/vite.config.ts'])) {
  execFileSync('npm', ['run', '--silent', 'build', '--workspace', 'web', '--', '--logLevel', 'warn'], {
    stdio: 'inherit',
  });
}
