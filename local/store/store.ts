// The ordered key-value store every part of the local Azure keeps its state in: SQLite in a worker thread, with one
// transaction on disk for all commits called in a tick (and for those called while the one before is being written).
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CallQueue } from './call-queue.ts';
import type { WorkerAnswer } from './protocol.ts';
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

/** `log` hears of a crash's leftovers; default console.warn. */
export type StoreOptions = ({ directory: string } | { ephemeral: true }) & { log?: (message: string) => void };

/** @throws {StoreError} in-use, lost-commits, unusable: the message says what to do */
export async function openStore(options: StoreOptions): Promise<Store> {
  const worker = new Worker(new URL('./store-worker.ts', import.meta.url), {
    workerData: 'directory' in options ? { directory: options.directory } : {},
  });
  const [answer] = (await once(worker, 'message')) as [WorkerAnswer];
  if (answer.kind === 'refused') {
    await worker.terminate();
    throw toStoreError(answer.failure);
  }
  if (answer.kind === 'opened' && answer.notice) (options.log ?? console.warn)(answer.notice);
  return toStore(new CallQueue(worker));
}

function toStore(queue: CallQueue): Store {
  return {
    commit(changes) {
      const invalid = changes.find((change) => !isUsable(change));
      return invalid ? Promise.reject(toStoreError(invalidKey(invalid))) : queue.commit(changes);
    },
    get: async (space, key) => (await queue.read({ kind: 'get', space, key }))[0]?.value,
    scan: (space, { from = '', before, limit }) =>
      queue.read({ kind: 'scan', space, from, limit, ...(before !== undefined && { before }) }),
    close: () => queue.close(),
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
