// The newest commit's number, kept in a small file beside the database: SQLite drops a damaged end of its WAL in silence, and then
// its own number is lower than this one. The number is written after the commit is on disk and is not synced by itself, so
// a kill or a power cut at any point leaves it equal or behind, never ahead. Without the file the database is taken as it stands.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const DIGITS = 16;

/** @returns 0 when there is no file, NaN when it holds no number. */
export function readCommitNumber(file: string): number {
  if (!existsSync(file)) return 0;
  const text = readFileSync(file, 'latin1');
  return /^\d{16}\n$/.test(text) ? Number(text) : Number.NaN;
}

function line(number: number): string {
  return `${String(number).padStart(DIGITS, '0')}\n`;
}

/** Opens (or makes, durably) the file and writes `first` into it. */
export function openCommitNumber(file: string, first: number): { write(number: number): void; close(): void } {
  const isNew = !existsSync(file);
  const descriptor = openSync(file, isNew ? 'w' : 'r+');
  writeSync(descriptor, line(first), 0, 'latin1');
  if (isNew) {
    fsyncSync(descriptor);
    const directory = openSync(dirname(file), 'r');
    fsyncSync(directory);
    closeSync(directory);
  }
  return {
    write(number) {
      try {
        writeSync(descriptor, line(number), 0, 'latin1');
      } catch {
        // The commit itself is on disk; the number lags until the next one, as it may.
      }
    },
    close: () => closeSync(descriptor),
  };
}
