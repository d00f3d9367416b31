// Which files of its own the app is made of: watch mode looks at them.
import { statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file's time and size; they tell one state of it from another. */
export function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size}` : 'missing';
}

/** From now on every module below the folder goes into `loaded`, packages apart, with its stamp of that moment. */
export function noteLoadedFiles(folder: string, loaded: Map<string, string>): void {
  registerHooks({
    load: (url, context, next) => {
      if (url.startsWith('file:')) {
        const path = fileURLToPath(url);
        if (path.startsWith(folder + sep) && !path.includes(`${sep}node_modules${sep}`))
          loaded.set(path, stampOf(path));
      }
      return next(url, context);
    },
  });
}
