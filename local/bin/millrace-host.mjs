#!/usr/bin/env node
// Entry of `millrace-host`: says plainly when this node cannot run TypeScript as it is, then hands over.
import module from 'node:module';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `millrace-host needs Node.js 24 or newer; this is ${process.version}. Run it by npm, which uses the one in node_modules.`,
  );
  process.exit(1);
}
// Compiled code is kept between starts: a host that died is back the sooner.
module.enableCompileCache();
// Forked, it is the host; by hand, the one who keeps a host alive.
const { main } = process.send ? await import('../host/millrace-host.ts') : await import('../supervisor/lone-host.ts');
await main(process.argv.slice(2));
