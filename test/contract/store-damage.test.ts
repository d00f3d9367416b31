// Fault 12, bit by bit: whatever single bit of a store's file is flipped, it is found or it changes nothing, and what the message
// advises brings every other row back.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../local/store/database.ts';
import { DatabaseFailure, type StoreFailure } from '../../local/store/store-errors.ts';

const spaces = ['broker.deliveries', 'broker.messages', 'tables.rows'];
const rowsPerSpace = 60;
/** A prime, so that every part of a page is hit; about 600 flips. */
const strideBytes = 101;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-damage-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const inDirectory = (name: string) => join(directory, name);

function fill(): Map<string, string> {
  const rows = new Map<string, string>();
  const database = openDatabase(directory);
  for (const space of spaces) {
    const keys = Array.from({ length: rowsPerSpace }, (_, index) => `orders|${String(index).padStart(16, '0')}`);
    const values = keys.map((key) => `${key} of ${space} `.repeat(5));
    database.write(
      keys.map(() => space),
      keys,
      values.map((value) => Buffer.from(value)),
    );
    for (const [index, key] of keys.entries()) rows.set(`${space} ${key}`, values[index] ?? '');
  }
  database.close();
  return rows;
}

function readAll(database: Database): Map<string, string> {
  const rows = spaces.flatMap((space) =>
    database
      .scan(space, '', undefined, 1000)
      .map(({ key, value }) => [`${space} ${key}`, Buffer.from(value).toString()] as const),
  );
  return new Map(rows);
}

function openAndRead(): Map<string, string> | StoreFailure {
  let database: Database | undefined;
  try {
    database = openDatabase(directory);
    return readAll(database);
  } catch (error) {
    if (error instanceof DatabaseFailure) return error.failure;
    throw error;
  } finally {
    database?.close();
  }
}

/** False when SQLite cannot do it: the flip gave the row another row's key. */
function followAdvice({ message }: StoreFailure): boolean {
  const [, statement = ''] = /exec\('(REINDEX; DELETE [^']+)'\)/.exec(message) ?? [];
  const db = new DatabaseSync(inDirectory('store.db'));
  try {
    db.exec(statement);
    return true;
  } catch {
    return false;
  } finally {
    db.close();
  }
}

/** The rows that are left when every row that is named is given up, or what cannot be helped. */
function recover(): { rows: Map<string, string>; givenUp: number } | StoreFailure {
  for (let givenUp = 0; givenUp < 5; givenUp += 1) {
    const outcome = openAndRead();
    if (outcome instanceof Map) return { rows: outcome, givenUp };
    if (outcome.kind !== 'corrupt') return outcome;
    if (!followAdvice(outcome)) return outcome;
  }
  throw new Error('giving rows up did not help');
}

test('fault 12: a flipped bit anywhere in the file is found, or changes nothing', () => {
  const expected = fill();
  const original = readFileSync(inDirectory('store.db'));
  copyFileSync(inDirectory('newest-commit'), inDirectory('noted'));
  const outcomes = { unharmed: 0, rowGivenUp: 0, refused: 0 };
  const unnoticed: string[] = [];
  for (let at = 0; at < original.length; at += strideBytes) {
    const bytes = Buffer.from(original);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(inDirectory('store.db'), bytes);
    copyFileSync(inDirectory('noted'), inDirectory('newest-commit'));
    const outcome = recover();
    if ('kind' in outcome) {
      outcomes.refused += 1;
    } else {
      if (outcome.givenUp > 0) outcomes.rowGivenUp += 1;
      else outcomes.unharmed += 1;
      const missing = [...expected].filter(([key, value]) => outcome.rows.get(key) !== value);
      if (missing.length > outcome.givenUp) unnoticed.push(`bit ${at % 8} of byte ${at}: ${missing.length} rows`);
    }
    for (const name of ['store.db-wal', 'store.db-shm']) rmSync(inDirectory(name), { force: true });
  }
  expect(unnoticed).toEqual([]);
  expect(outcomes.rowGivenUp).toBeGreaterThan(50);
  expect(outcomes.refused).toBeLessThan(outcomes.rowGivenUp);
  expect(outcomes.unharmed).toBeGreaterThan(50);
});
