// A store that fails at one commit of a run, in one of the three ways a commit can fail.
import type { Store } from '../../local/store/store.ts';

/**
 * refused: nothing is written, the store goes on, as on a full disk;
 * killed-before, killed-after: the process dies with that commit off or on the disk, before anybody hears of it.
 */
export type Failure = 'refused' | 'killed-before' | 'killed-after';

export interface FailingStore {
  readonly store: Store;
  readonly commits: number;
  readonly isDead: boolean;
}

/** `atCommit` counts from 1. */
export function failingStore(real: Store, failure: Failure, atCommit: number): FailingStore {
  let commits = 0;
  let isDead = false;
  const died = () => new Promise<never>(() => undefined);
  const store: Store = {
    ...real,
    async commit(changes) {
      if (isDead) return died();
      commits += 1;
      if (commits !== atCommit) return real.commit(changes);
      if (failure === 'refused') throw new Error('database or disk is full');
      isDead = true;
      if (failure === 'killed-after') await real.commit(changes);
      return died();
    },
    get: (space, key) => (isDead ? died() : real.get(space, key)),
    scan: (space, range) => (isDead ? died() : real.scan(space, range)),
  };
  return {
    store,
    get commits() {
      return commits;
    },
    get isDead() {
      return isDead;
    },
  };
}
