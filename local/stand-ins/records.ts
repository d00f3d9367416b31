// JSON records of the stand-ins in the store: reading, listing, and turns so that two requests never change one record at once.
import type { Change, Store } from '../store/store.ts';

const pageSize = 1000;

export function writeRecord(space: string, key: string, record: unknown): Change {
  return { space, key, value: Buffer.from(JSON.stringify(record)) };
}

export async function readRecord<T>(store: Store, space: string, key: string): Promise<T | undefined> {
  const value = await store.get(space, key);
  return value && (parseRecord(value) as T);
}

/** Every record of a space from a key on, by default all, in ascending order of keys. */
export async function listRecords<T>(store: Store, space: string, first = ''): Promise<T[]> {
  const records: T[] = [];
  for (let from = first; ; ) {
    const rows = await store.scan(space, { from, limit: pageSize });
    for (const row of rows) records.push(parseRecord(row.value) as T);
    const last = rows.at(-1);
    if (!last || rows.length < pageSize) return records;
    from = `${last.key}\0`;
  }
}

function parseRecord(value: Uint8Array): unknown {
  return JSON.parse(Buffer.from(value).toString('utf8'));
}

/** Runs work one after another for equal keys, side by side for different ones. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createTurns(): InTurn {
  const lastByKey = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const mine = (lastByKey.get(key) ?? Promise.resolve()).then(work, work);
    lastByKey.set(key, mine);
    const forget = () => {
      if (lastByKey.get(key) === mine) lastByKey.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  };
}
