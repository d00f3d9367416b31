// What is going on in a process: how much is under way, and whether anything was begun meanwhile.
import type { Store } from '../store/store.ts';

export interface Activity {
  isBusy(): boolean;
  /** Grows with everything that begins. */
  begun(): number;
  /** Counts the work until it has ended; answers the same promise. */
  track<T>(work: Promise<T>): Promise<T>;
}

export function createActivity(): Activity {
  let underWay = 0;
  let begun = 0;
  const end = () => void (underWay -= 1);
  return {
    isBusy: () => underWay > 0,
    begun: () => begun,
    track(work) {
      underWay += 1;
      begun += 1;
      work.then(end, end);
      return work;
    },
  };
}

/** Whatever the services do goes through their store. */
export function trackStore(store: Store, activity: Activity): Store {
  return {
    commit: (changes) => activity.track(store.commit(changes)),
    get: (space, key) => activity.track(store.get(space, key)),
    scan: (space, range) => activity.track(store.scan(space, range)),
    close: () => store.close(),
  };
}
