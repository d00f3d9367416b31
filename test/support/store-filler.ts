// A process that fills a store, by a large commit and a small one after it, until one is refused; then it commits something
// small, and prints what became of each.
import { StoreError } from '../../local/store/store-errors.ts';
import { openStore } from '../../local/store/store.ts';

const store = await openStore({ directory: process.argv[2] ?? '' });

async function commit(key: string, sizeBytes: number): Promise<boolean> {
  try {
    await store.commit([{ space: 'test.rows', key, value: new Uint8Array(sizeBytes).fill(1) }]);
    console.log(JSON.stringify({ key, done: true }));
    return true;
  } catch (error) {
    console.log(JSON.stringify({ key, refused: true, kind: error instanceof StoreError && error.kind }));
    return false;
  }
}

/** A second commit follows while the first is being written. */
async function commitTwo(index: number): Promise<boolean> {
  const big = commit(`${index} big`, 300 * 1024);
  await new Promise((resolve) => setImmediate(resolve));
  const isDone = await Promise.all([big, commit(`${index} follower`, 10)]);
  return isDone.every(Boolean);
}

let index = 100;
while (await commitTwo(index)) index += 1;
await commit('small', 10);
await store.close();
