#!/usr/bin/env node
// The command `millrace-broker`: plain JavaScript down to the version check, so that an old node can say what it needs.
const major = Number(process.versions.node.split('.', 1)[0]);
if (major < 24) {
  process.stderr.write(`millrace-broker needs node 24 or newer; this is ${process.version} (${process.execPath}).\n`);
  process.exit(1);
}
const { main } = await import('../standalone/millrace-broker.ts');
await main(process.argv.slice(2));
