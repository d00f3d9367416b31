// The store's one SQLite connection: its schema, its lock, the check of the newest commit number, and the statements.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { rowChecksum } from './checksum.ts';
import { openCommitNumber, readCommitNumber } from './commit-number.ts';
import { corruptRow, type StoreFailure } from './store-errors.ts';
import { readUncommittedTailBytes } from './wal-tail.ts';

// A table with rowids: rows of a kilobyte and more make a WITHOUT ROWID tree deep and slow.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS rows (
    space TEXT NOT NULL, key TEXT NOT NULL, checksum INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (space, key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS newest_commit (number INTEGER NOT NULL) STRICT;
  INSERT INTO newest_commit SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM newest_commit)`;

const SQLITE_BUSY = 5;
const SQLITE_IOERR_FSYNC = 1034;

interface DatabaseRow {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface Database {
  /** Set when a crash had left an uncommitted tail behind, which is now gone. */
  readonly notice?: string;
  /** One transaction, on disk when it returns. @throws whatever SQLite throws, with nothing written. */
  write(spaces: readonly string[], keys: readonly string[], values: readonly (Uint8Array | null)[]): void;
  /** @throws {DatabaseFailure} corrupt */
  get(space: string, key: string): DatabaseRow | undefined;
  /** @throws {DatabaseFailure} corrupt */
  scan(space: string, from: string, before: string | undefined, limit: number): DatabaseRow[];
  close(): void;
}

/** Carries a failure as data through the code of one thread. */
export class DatabaseFailure extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, cause?: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}

/** @throws {DatabaseFailure} in-use, lost-commits, unusable */
export function openDatabase(directory: string | undefined): Database {
  if (directory === undefined) return prepare(open(':memory:', 'memory'), { write() {}, close() {} });
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'store.db');
  const tailBytes = readUncommittedTailBytes(`${file}-wal`);
  const db = open(file, directory);
  try {
    const commitNumber = checkCommitNumber(db, directory);
    const database = prepare(db, commitNumber);
    if (tailBytes === 0) return database;
    const notice = `dropped ${tailBytes} bytes of an unfinished commit that a crash had left in ${file}-wal`;
    return { ...database, notice };
  } catch (error) {
    db.close();
    throw error;
  }
}

function open(file: string, directory: string): DatabaseSync {
  const db = new DatabaseSync(file, { allowExtension: false });
  try {
    // The exclusive lock is the kernel's, held as long as the connection: a killed process leaves none behind.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec(`BEGIN IMMEDIATE; ${SCHEMA}; COMMIT`);
    return db;
  } catch (error) {
    db.close();
    if (primaryCode(error) === SQLITE_BUSY) {
      const message = `the data directory ${directory} is in use by another process. End that one, or choose another with --data.`;
      throw new DatabaseFailure({ kind: 'in-use', message }, error);
    }
    const message = `${file} cannot be opened (${textOf(error)}). Move the directory away to start empty, or choose another with --data.`;
    throw new DatabaseFailure({ kind: 'unusable', message }, error);
  }
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
    one: db.prepare('SELECT key, checksum, value FROM rows WHERE space = ? AND key = ?'),
    range: db.prepare(
      'SELECT key, checksum, value FROM rows WHERE space = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
    ),
    openRange: db.prepare('SELECT key, checksum, value FROM rows WHERE space = ? AND key >= ? ORDER BY key LIMIT ?'),
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
      return row && checked(space, row);
    },
    scan(space, from, before, limit) {
      const rows = before === undefined ? openRange.all(space, from, limit) : range.all(space, from, before, limit);
      return rows.map((row) => checked(space, row));
    },
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

function checked(space: string, row: Record<string, unknown>): DatabaseRow {
  const { key, checksum, value } = row as { key: string; checksum: number; value: Uint8Array };
  if (rowChecksum(space, key, value) !== checksum) {
    throw new DatabaseFailure(corruptRow(space, key, 'its checksum does not match'));
  }
  return { key, value };
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
