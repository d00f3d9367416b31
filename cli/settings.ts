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
  Object.assign(process.env, lackingIn(process.env, Values));
}

type Values = Readonly<Record<string, string | undefined>>;

/** What the environment says otherwise is left out, and so is a connection string that it replaces by an identity's `<name>__…`. */
export function lackingIn(environment: Values, values: Values): Values {
  const said = new Set(Object.keys(environment).flatMap((name) => [name, name.split('__', 1)[0]]));
  return Object.fromEntries(Object.entries(values).filter(([name]) => !said.has(name)));
}
