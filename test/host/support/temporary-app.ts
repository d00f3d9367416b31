// An app written on the spot: for what is too small, or too wrong, for a folder among the fixtures.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

export interface TemporaryApp {
  readonly folder: string;
  readonly remove: () => void;
}

/** Files by name; `host.json` and `package.json` (ESM, main: main.js) are there unless given. Objects become JSON. */
export function createTemporaryApp(files: Readonly<Record<string, string | object>>): TemporaryApp {
  const folder = mkdtempSync(join(tmpdir(), 'host-app-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const all = { 'host.json': { version: '2.0' }, 'package.json': { type: 'module', main: 'main.js' }, ...files };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
