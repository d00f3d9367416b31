// The settings of the app for a command: the environment's, and for what it lacks those of local.settings.json, or of
// local.settings.sample.json where there is none.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

export function useLocalSettings(): void {
  const file = ['local.settings.json', 'local.settings.sample.json']
    .map((name) => join(root, name))
    .find((path) => existsSync(path));
  if (file === undefined) return;
  const { Values = {} } = JSON.parse(readFileSync(file, 'utf8')) as { readonly Values?: Record<string, string> };
  for (const [name, value] of Object.entries(Values)) process.env[name] ??= value;
}
