// Rows of the task hub: JSON under keys whose order is the order they are wanted in. Every hub of the process has spaces
// of its own.
import type { Change, Row, Store } from '../store/store.ts';

const pageSize = 1_000;

/** The same store, seen by the hub of this name: a space is the hub's own. */
export function storeOfHub(store: Store, hub: string): Store {
  const within = (space: string) => `${space}/${hub}`;
  return {
    commit: (changes) => store.commit(changes.map((change) => ({ ...change, space: within(change.space) }))),
    get: (space, key) => store.get(within(space), key),
    scan: (space, range) => store.scan(within(space), range),
    close: async () => {},
  };
}

export function put(space: string, key: string, value: unknown): Change {
  return { space, key, value: Buffer.from(JSON.stringify(value)) };
}

export function remove(space: string, key: string): Change {
  return { space, key, value: null };
}

export function parse(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
}

export function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

/** `owner` holds no '/'. */
export function numbered(owner: string, number: number): string {
  return `${owner}/${padded(number, 10)}`;
}

/** The rows with numbered keys of one owner. */
export async function ownedRows<T>(store: Store, space: string, owner: string): Promise<T[]> {
  const values: T[] = [];
  // '0' follows '/'.
  for await (const { value } of eachRow(store, space, `${owner}/`, `${owner}0`)) values.push(parse(value) as T);
  return values;
}

/** The owners that have rows with numbered keys, once each. */
export async function* eachOwner(store: Store, space: string): AsyncGenerator<string> {
  let last: string | undefined;
  for await (const { key } of eachRow(store, space)) {
    const owner = key.slice(0, key.lastIndexOf('/'));
    if (owner !== last) yield owner;
    last = owner;
  }
}

export async function* eachRow(store: Store, space: string, from = '', before?: string): AsyncGenerator<Row> {
  for (let start = from; ; ) {
    const rows = await store.scan(space, { from: start, limit: pageSize, ...(before !== undefined && { before }) });
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < pageSize) return;
    start = `${last.key}\0`;
  }
}
