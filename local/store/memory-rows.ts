// Rows that are kept in memory only, beside their users: without a disk there is nothing to wait for, and no thread to cross.
import { OrderedRows } from './ordered-rows.ts';
import type { Read } from './protocol.ts';
import type { Change, Row } from './row.ts';
import { STOPPED, toStoreError } from './store-errors.ts';

export class MemoryRows {
  readonly #spaces = new Map<string, OrderedRows>();
  readonly #done = Promise.resolve();
  #isClosed = false;

  commit(changes: readonly Change[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(toStoreError(STOPPED));
    for (const { space, key, value } of changes) {
      if (value === null) this.#spaces.get(space)?.remove(key);
      else this.#rowsOf(space).put({ key, value: ownBytes(value) });
    }
    return this.#done;
  }

  async read(read: Read): Promise<Row[]> {
    if (this.#isClosed) throw toStoreError(STOPPED);
    const rows = this.#spaces.get(read.space);
    if (!rows) return [];
    if (read.kind === 'scan') return rows.range(read.from, read.before, read.limit);
    const row = rows.get(read.key);
    return row ? [row] : [];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #rowsOf(space: string): OrderedRows {
    const rows = this.#spaces.get(space) ?? new OrderedRows();
    this.#spaces.set(space, rows);
    return rows;
  }
}

/** A view keeps all of what it is a view of. */
function ownBytes(value: Uint8Array): Uint8Array {
  return value.byteLength === value.buffer.byteLength ? value : value.slice();
}
