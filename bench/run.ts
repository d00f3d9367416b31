// npm run bench -- <name> …    Runs the named benchmarks, all of them without a name.
import { globSync } from 'node:fs';
import { basename } from 'node:path';

const names = globSync('bench/*.bench.ts')
  .map((path) => basename(path, '.bench.ts'))
  .toSorted();
const wanted = process.argv.length > 2 ? process.argv.slice(2) : names;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there is ${names.join(', ')}.`);
  process.exit(1);
}
for (const name of wanted) {
  console.log(`# ${name} (node ${process.version}, ${process.platform} ${process.arch})`);
  const { run } = (await import(`./${name}.bench.ts`)) as { run: () => Promise<void> };
  await run();
}
