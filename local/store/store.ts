// The ordered key-value store every part of the local Azure keeps its state in: SQLite in a worker thread, with one
// transaction on disk for all commits called in a tick (and for those called while the one before is being written); or memory.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CallQueue } from './call-queue.ts';
import { MemoryRows } from './memory-rows.ts';
import type { Read, WorkerAnswer } from './protocol.ts';
import type { Change, Row } from './row.ts';
import { type StoreFailure, toStoreError } from './store-errors.ts';

export type { Change, Row };

export interface Store {
  /**
   * All or nothing, in call order; resolves when it is on disk. When a transaction fails, every commit called before the
   * failure was known is rejected too, so what is on disk is always a prefix of the calls. Values must not change until then.
   * @throws {StoreError} write-failed and invalid-key (the store goes on), stopped
   */
  commit(changes: readonly Change[]): Promise<void>;
  /**
   * Sees every commit called before it.
   * @throws {StoreCorruptError} naming the row
   */
  get(space: string, key: string): Promise<Uint8Array | undefined>;
  /**
   * Rows with from <= key < before in ascending UTF-8 byte order, at most `limit`. Sees every commit called before it.
   * @throws {StoreCorruptError} naming the first damaged row
   */
  scan(space: string, range: { from?: string; before?: string; limit: number }): Promise<Row[]>;
  /** Writes what was called before, then ends; later calls are rejected. */
  close(): Promise<void>;
}

/** `log` hears of what was repaired; default console.warn. */
export type StoreOptions = ({ directory: string } | { ephemeral: true }) & { log?: (message: string) => void };

/** @throws {StoreError} in-use, lost-commits, corrupt, unusable: the message says what to do */
export async function openStore(options: StoreOptions): Promise<Store> {
  if (!('directory' in options)) return toStore(new MemoryRows());
  const worker = new Worker(new URL('./store-worker.ts', import.meta.url), {
    workerData: options.directory,
    // Flags of the program that was started, such as --input-type, do not fit a worker.
    execArgv: [],
  });
  const [answer] = (await once(worker, 'message')) as [WorkerAnswer];
  if (answer.kind === 'refused') {
    await worker.terminate();
    throw toStoreError(answer.failure);
  }
  if (answer.kind === 'opened') answer.notices.forEach((notice) => (options.log ?? console.warn)(notice));
  return toStore(new CallQueue(worker));
}

/** Rows by whoever keeps them, on disk or in memory. */
interface Rows {
  commit(changes: readonly Change[]): Promise<void>;
  read(read: Read): Promise<Row[]>;
  close(): Promise<void>;
}

function toStore(rows: Rows): Store {
  return {
    commit(changes) {
      const invalid = changes.find((change) => !isUsable(change));
      return invalid ? Promise.reject(toStoreError(invalidKey(invalid))) : rows.commit(changes);
    },
    get: async (space, key) => (await rows.read({ kind: 'get', space, key }))[0]?.value,
    scan: (space, { from = '', before, limit }) =>
      rows.read({ kind: 'scan', space, from, limit, ...(before !== undefined && { before }) }),
    close: () => rows.close(),
  };
}

/** A lone surrogate has no UTF-8, so two such keys would become one. */
function isUsable({ space, key }: Change): boolean {
  return key.isWellFormed() && space.isWellFormed() && !space.includes('\0');
}

function invalidKey({ space, key }: Change): StoreFailure {
  const message = `the key ${JSON.stringify(key)} of ${JSON.stringify(space)} cannot be stored: it has half a surrogate pair, or the space has a NUL`;
  return { kind: 'invalid-key', message };
}
