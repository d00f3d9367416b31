// A store for a hub that is to die: at its nth commit it refuses, and answers nothing from then on. Whether that commit
// reached the disk is the test's choice: a kill may fall before the write or between the write and the answer.
import type { Store } from '../../local/store/store.ts';

export interface DyingStore extends Store {
  readonly isDead: boolean;
}

export function dyingStore(store: Store, diesAtCommit: number, isWritten: boolean): DyingStore {
  let commits = 0;
  let isDead = false;
  const alive = <T>(answer: () => Promise<T>): Promise<T> => (isDead ? Promise.reject(new Error('killed')) : answer());
  return {
    get isDead() {
      return isDead;
    },
    commit: (changes) =>
      alive(async () => {
        isDead = ++commits === diesAtCommit;
        if (!isDead) return store.commit(changes);
        if (isWritten) await store.commit(changes);
        throw new Error('killed');
      }),
    get: (space, key) => alive(() => store.get(space, key)),
    scan: (space, range) => alive(() => store.scan(space, range)),
    close: async () => {},
  };
}
