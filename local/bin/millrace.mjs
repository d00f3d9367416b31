#!/usr/bin/env node
// The command `millrace`: plain JavaScript down to the version check, so that an old node can say what it needs.
const major = Number(process.versions.node.split('.', 1)[0]);
if (major < 24) {
  process.stderr.write(
    `Millrace needs node 24 or newer; this is ${process.version} (${process.execPath}).\n` +
      'Start it with `npm start`, which brings its own node, or install node 24.\n',
  );
  process.exit(1);
}
const { main } = await import('../supervisor/millrace.ts');
await main(process.argv.slice(2));
