// The store's one SQLite connection: its schema, its lock, the check of the newest commit number, and the statements.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { rowChecksum } from './checksum.ts';
import { openCommitNumber, readCommitNumber } from './commit-number.ts';
import { checkRow, repairIndex, type StoredRow } from './integrity.ts';
import { DatabaseFailure, type StoreFailure } from './store-errors.ts';
import { shrinkStep } from './shrink.ts';
import { readUncommittedTailBytes } from './wal-tail.ts';

// A table with rowids: rows of a kilobyte and more make a WITHOUT ROWID tree deep and slow.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS rows (
    space TEXT NOT NULL, key TEXT NOT NULL, checksum INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (space, key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS newest_commit (number INTEGER NOT NULL) STRICT;
  INSERT INTO newest_commit SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM newest_commit)`;

/**
 * Of the tables above and of what every part of the local Azure and its app keeps in their rows; kept in the file. It rises with each
 * change that makes older data unreadable. Format 1 has sagas of a version that is gone.
 */
const FORMAT = 2;

const SQLITE_BUSY = 5;
const SQLITE_IOERR_FSYNC = 1034;

interface DatabaseRow {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface Database {
  /** What was repaired: an uncommitted tail that a crash had left behind is gone, or the index was built anew. */
  readonly notices?: readonly string[];
  /** One transaction, on disk when it returns. @throws whatever SQLite throws, with nothing written. */
  write(spaces: readonly string[], keys: readonly string[], values: readonly (Uint8Array | null)[]): void;
  /** @throws {DatabaseFailure} corrupt */
  get(space: string, key: string): DatabaseRow | undefined;
  /** @throws {DatabaseFailure} corrupt */
  scan(space: string, from: string, before: string | undefined, limit: number): DatabaseRow[];
  /** Gives some unused space back; true when there is more. */
  shrink(): boolean;
  close(): void;
}

/** @throws {DatabaseFailure} in-use, lost-commits, corrupt, unusable */
export function openDatabase(directory: string): Database {
  const file = join(directory, 'store.db');
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true });
    const tailBytes = readUncommittedTailBytes(`${file}-wal`);
    db = open(file);
    const notices = [repairIndex(db)].filter((notice) => notice !== undefined);
    if (tailBytes > 0)
      notices.push(`dropped ${tailBytes} bytes of an unfinished commit that a crash had left in ${file}-wal`);
    return { ...prepare(db, checkCommitNumber(db, directory)), notices };
  } catch (error) {
    db?.close();
    throw toOpenFailure(error, file, directory);
  }
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { allowExtension: false });
  try {
    // The exclusive lock is the kernel's, held as long as the connection: a killed process leaves none behind.
    db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    prepareFormat(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Makes the tables in a new file. A file that has them is not written to: it opens on a full disk, too. */
function prepareFormat(db: DatabaseSync): void {
  const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found > FORMAT)
    throw new Error(`a newer Millrace has written it: its format is ${found}, and this one knows ${FORMAT}`);
  if (found > 0 && found < FORMAT) throw new OlderFormat(found);
  const makeTables = found === 0 ? `${SCHEMA}; PRAGMA user_version = ${FORMAT};` : '';
  db.exec(`BEGIN IMMEDIATE; ${makeTables} COMMIT`);
}

class OlderFormat extends Error {
  constructor(found: number) {
    super(`an older Millrace has written it: its format is ${found}, and this one reads ${FORMAT}`);
  }
}

function toOpenFailure(error: unknown, file: string, directory: string): DatabaseFailure {
  if (error instanceof DatabaseFailure) return error;
  if (primaryCode(error) === SQLITE_BUSY) {
    const message = `the data directory ${directory} is in use by another process. End that one, or choose another with --data.`;
    return new DatabaseFailure({ kind: 'in-use', message }, error);
  }
  if (error instanceof OlderFormat) {
    const message = `${file} cannot be read: ${error.message}. Remove the whole data folder to start empty, or choose another with --data.`;
    return new DatabaseFailure({ kind: 'unusable', message }, error);
  }
  const message = `${file} cannot be opened (${textOf(error)}). Move the directory away to start empty, or choose another with --data.`;
  return new DatabaseFailure({ kind: 'unusable', message }, error);
}

function newestCommit(db: DatabaseSync): number {
  return Number(db.prepare('SELECT number FROM newest_commit').get()?.['number']);
}

function checkCommitNumber(db: DatabaseSync, directory: string) {
  const file = join(directory, 'newest-commit');
  const noted = readCommitNumber(file);
  const found = newestCommit(db);
  if (found < noted || Number.isNaN(noted)) {
    const what = Number.isNaN(noted)
      ? `${file} does not hold a commit number, so nobody can tell whether commits are missing`
      : `commits ${found + 1} to ${noted} were acknowledged and are missing from the store in ${directory}: its files were damaged or replaced`;
    const message = `${what}. Restore the directory, delete ${file} to go on from commit ${found}, or move the directory away to start empty.`;
    throw new DatabaseFailure({ kind: 'lost-commits', message });
  }
  return openCommitNumber(file, found);
}

function statementsOf(db: DatabaseSync) {
  return {
    put: db.prepare(
      'INSERT INTO rows (space, key, checksum, value) VALUES (?, ?, ?, ?) ' +
        'ON CONFLICT (space, key) DO UPDATE SET checksum = excluded.checksum, value = excluded.value',
    ),
    remove: db.prepare('DELETE FROM rows WHERE space = ? AND key = ?'),
    countCommit: db.prepare('UPDATE newest_commit SET number = ?'),
    one: db.prepare('SELECT rowid, space, key, checksum, value FROM rows WHERE space = ? AND key = ?'),
    range: db.prepare(
      'SELECT rowid, space, key, checksum, value FROM rows WHERE space = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
    ),
    openRange: db.prepare(
      'SELECT rowid, space, key, checksum, value FROM rows WHERE space = ? AND key >= ? ORDER BY key LIMIT ?',
    ),
  };
}

function prepare(db: DatabaseSync, commitNumber: { write(number: number): void; close(): void }): Database {
  const { put, remove, countCommit, one, range, openRange } = statementsOf(db);
  let newest = newestCommit(db);

  return {
    write(spaces, keys, values) {
      try {
        db.exec('BEGIN IMMEDIATE');
        for (const [index, value] of values.entries()) {
          const space = spaces[index] ?? '';
          const key = keys[index] ?? '';
          if (value === null) remove.run(space, key);
          else put.run(space, key, rowChecksum(space, key, value), value);
        }
        countCommit.run(newest + 1);
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        if (extendedCode(error) !== SQLITE_IOERR_FSYNC) reuseLog(db);
        throw error;
      }
      newest += 1;
      commitNumber.write(newest);
    },
    get(space, key) {
      const row = one.get(space, key);
      return row && checked(row);
    },
    scan(space, from, before, limit) {
      const rows = before === undefined ? openRange.all(space, from, limit) : range.all(space, from, before, limit);
      return rows.map(checked);
    },
    shrink: () => shrinkStep(db),
    close() {
      db.close();
      commitNumber.close();
    },
  };
}

/** On a full disk the log is what can be given back, so that at least small commits and deletions fit again. */
function reuseLog(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // No room for that either: the log stays whole, and the caller hears of the failure that brought us here.
  }
}

function checked(found: unknown): DatabaseRow {
  const row = found as StoredRow;
  checkRow(row);
  return row;
}

/** After a failed fsync the kernel may have dropped what it could not write, so going on could acknowledge what is not there. */
export function toWriteFailure(error: unknown): StoreFailure {
  const isFsync = extendedCode(error) === SQLITE_IOERR_FSYNC;
  const reason = textOf(error);
  return isFsync
    ? { kind: 'stopped', message: `the local store has stopped: the disk refused to sync (${reason}). Start again.` }
    : {
        kind: 'write-failed',
        message: `nothing was written to the local store (${reason}). Free disk space or try again.`,
      };
}

function extendedCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
}

function primaryCode(error: unknown): number {
  return extendedCode(error) & 0xff;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
