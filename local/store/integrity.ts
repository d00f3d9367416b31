// Is the file whole? SQLite follows a damaged index without a word and does not find the rows behind the damage, so at every open
// the index is compared with the rows. [https://www.sqlite.org/pragma.html#pragma_integrity_check]
import type { DatabaseSync } from 'node:sqlite';
import { rowChecksum } from './checksum.ts';
import { corruptRow, DatabaseFailure } from './store-errors.ts';

export interface StoredRow {
  readonly rowid: number;
  readonly space: string;
  readonly key: string;
  readonly checksum: number;
  readonly value: Uint8Array;
}

/**
 * The rows are the truth and carry checksums; an index that disagrees with them is built anew.
 * @returns what was repaired, if anything
 * @throws {DatabaseFailure} corrupt, naming a row; whatever SQLite throws when the file is beyond reading
 */
export function repairIndex(db: DatabaseSync): string | undefined {
  const finding = firstFinding(db);
  if (finding === undefined) return undefined;
  const rows = db.prepare('SELECT rowid, space, key, checksum, value FROM rows NOT INDEXED').iterate();
  for (const row of rows) checkRow(row as unknown as StoredRow);
  db.exec('REINDEX rows');
  const left = firstFinding(db);
  if (left !== undefined) throw new Error(left);
  return `rebuilt the index of the local store, which was damaged (${finding}); every row is there`;
}

/** @throws {DatabaseFailure} corrupt */
export function checkRow({ rowid, space, key, checksum, value }: StoredRow): void {
  const isWhole = value instanceof Uint8Array && rowChecksum(space, key, value) === checksum;
  if (!isWhole) throw new DatabaseFailure(corruptRow(space, key, rowid));
}

function firstFinding(db: DatabaseSync): string | undefined {
  const finding = db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  return finding === 'ok' ? undefined : String(finding);
}
