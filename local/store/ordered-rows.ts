// Rows by key and, from the first time they are asked for in order on, an index of the keys in chunks: what is inserted or
// removed moves the rest of one chunk.
import { compareKeys } from './key-order.ts';
import type { Row } from './row.ts';

const maxChunkKeys = 256;

export class OrderedRows {
  readonly #rows = new Map<string, Row>();
  /** Each holds at least one key. */
  #chunks: string[][] | undefined;

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  put(row: Row): void {
    if (this.#chunks && !this.#rows.has(row.key)) insert(this.#chunks, row.key);
    this.#rows.set(row.key, row);
  }

  remove(key: string): void {
    const isThere = this.#rows.delete(key);
    if (this.#chunks && isThere) remove(this.#chunks, key);
  }

  /** from <= key < before, at most `limit`. */
  range(from: string, before: string | undefined, limit: number): Row[] {
    const rows: Row[] = [];
    if (this.#rows.size === 0) return rows;
    this.#chunks ??= chunksOf([...this.#rows.keys()].toSorted(compareKeys));
    const first = chunkFor(this.#chunks, from);
    for (let index = first; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunks[index] ?? [];
      for (const key of index === first ? chunk.slice(placeIn(chunk, from)) : chunk) {
        const isBehind = before !== undefined && compareKeys(key, before) >= 0;
        if (isBehind || rows.length >= limit) return rows;
        rows.push(this.#rows.get(key) as Row);
      }
    }
    return rows;
  }
}

function chunksOf(keys: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < keys.length; at += maxChunkKeys) chunks.push(keys.slice(at, at + maxChunkKeys));
  return chunks;
}

function insert(chunks: string[][], key: string): void {
  const index = chunkFor(chunks, key);
  const chunk = chunks[index];
  if (!chunk) return void chunks.push([key]);
  chunk.splice(placeIn(chunk, key), 0, key);
  if (chunk.length <= maxChunkKeys) return;
  // Keys mostly ascend: a full last chunk stays full.
  const kept = index === chunks.length - 1 ? maxChunkKeys : maxChunkKeys / 2;
  chunks.splice(index + 1, 0, chunk.splice(kept));
}

function remove(chunks: string[][], key: string): void {
  const index = chunkFor(chunks, key);
  const chunk = chunks[index] ?? [];
  chunk.splice(placeIn(chunk, key), 1);
  if (chunk.length === 0) chunks.splice(index, 1);
}

/** The last chunk that begins at or before the key, or the first. */
function chunkFor(chunks: readonly string[][], key: string): number {
  return Math.max(0, firstIndex(chunks, (chunk) => compareKeys(chunk[0] as string, key) > 0) - 1);
}

/** Where the key stands, or would. */
function placeIn(chunk: readonly string[], key: string): number {
  const last = chunk.at(-1);
  if (last !== undefined && compareKeys(last, key) < 0) return chunk.length;
  return firstIndex(chunk, (candidate) => compareKeys(candidate, key) >= 0);
}

/** Of the first item from which on `isThere` holds. */
function firstIndex<T>(items: readonly T[], isThere: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isThere(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
