// One Millrace a data folder: a lock of the operating system, which ends with the process that holds it, however that ends.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DataLock {
  release(): void;
}

/** @throws Error that says what to do, when another process holds the folder or it cannot be written. */
export function lockData(folder: string): DataLock {
  const directory = path.resolve(folder);
  try {
    mkdirSync(directory, { recursive: true });
    const file = new DatabaseSync(path.join(directory, 'lock.sqlite'));
    file.exec('BEGIN EXCLUSIVE');
    return { release: () => file.close() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (/locked/i.test(reason)) {
      throw new Error(`Another Millrace is using ${directory}. End it first, or choose another folder with --data.`, {
        cause: error,
      });
    }
    throw new Error(`Cannot use the data folder ${directory}: ${reason}. Choose another with --data.`, {
      cause: error,
    });
  }
}
