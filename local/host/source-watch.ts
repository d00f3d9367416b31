// Watch mode: sees that what the app was loaded from, or its configuration, has changed. It looks at the files' times, so that a
// folder that is deleted and written anew, as builds do, is as good as a file that is saved.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { stampOf } from './loaded-files.ts';

export interface WatchedSource {
  /** The app's. */
  readonly folder: string;
  /** package.json's, a glob; undefined when there is none. */
  readonly main: string | undefined;
  /** Absolute paths of what has been loaded, with their stamps of then; may grow. */
  readonly loaded: ReadonlyMap<string, string>;
}

const lookMs = 300;
const configuration = ['host.json', 'local.settings.json', 'package.json'];

/** Calls back once, with the path of a file that has changed, when nothing has changed any more for a moment. */
export function watchSource(source: WatchedSource, onChange: (path: string) => void): void {
  const first = stampsOf(source);
  let before = first;
  const timer = setInterval(() => {
    const now = stampsOf(source);
    for (const [path, stamp] of source.loaded) first.set(path, stamp);
    const changed = changedPath(first, now);
    const steady = changedPath(before, now) === undefined;
    before = now;
    // While no file matches, a build is at work.
    if (changed === undefined || !steady || !isBuilt(source)) return;
    clearInterval(timer);
    onChange(changed);
  }, lookMs);
  timer.unref();
}

function stampsOf({ folder, main, loaded }: WatchedSource): Map<string, string> {
  const named = [...configuration, ...(main === undefined ? [] : globSync(main, { cwd: folder }))];
  return new Map([...named.map((name) => join(folder, name)), ...loaded.keys()].map((path) => [path, stampOf(path)]));
}

function changedPath(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string | undefined {
  for (const path of new Set([...before.keys(), ...now.keys()])) if (before.get(path) !== now.get(path)) return path;
  return undefined;
}

function isBuilt({ folder, main }: WatchedSource): boolean {
  return main === undefined || globSync(main, { cwd: folder }).length > 0;
}
