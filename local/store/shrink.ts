// Gives the disk back what deleted rows took. SQLite keeps their pages for rows to come; when most of a file is such pages, they
// are cut off, a little at a time. [https://www.sqlite.org/pragma.html#pragma_incremental_vacuum]
import type { DatabaseSync } from 'node:sqlite';

/** Of four kilobytes each; fewer are not worth it. */
const leastFreePages = 512;
const pagesAtOnce = 2048;

/** A step; true when another one follows. On a full disk, none. */
export function shrinkStep(db: DatabaseSync): boolean {
  const count = (pragma: string): number => Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const freePages = count('freelist_count');
  if (freePages < leastFreePages || freePages < count('page_count') / 2) return false;
  try {
    db.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
    const isDone = count('freelist_count') < leastFreePages;
    if (isDone) db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return !isDone && count('freelist_count') < freePages;
  } catch {
    return false;
  }
}
