// Every row of a space, read from the store page by page.
import type { Row, Store } from '../store/store.ts';

const pageRows = 2000;

/** In key order. */
export async function* allRows(store: Store, space: string): AsyncGenerator<Row> {
  let from = '';
  for (;;) {
    const rows = await store.scan(space, { from, limit: pageRows });
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) return;
    // The next key in order: nothing lies between a key and the key with a NUL behind it.
    from = `${last.key}\0`;
  }
}
