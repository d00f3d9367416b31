// Keeps different outcomes apart in time. rhea, below the SDK, tells deliveries that follow one another and are settled in one turn by
// one disposition, and does not compare the first two outcomes: a message abandoned right behind a completed one would be completed.
import { finished } from '../patience.ts';

export type SettleApart = (how: string, act: () => Promise<void>) => Promise<void>;

/** Much longer than a turn. What was under way when its connection broke is answered after a minute only. */
const patienceMs = 500;

/**
 * What is to be settled in another way than what is under way waits until that has been answered, or half a second; whoever comes later
 * waits behind it.
 */
export function settleApart(): SettleApart {
  let newest = { how: '', before: Promise.resolve() as Promise<unknown>, underWay: new Set<Promise<void>>() };
  return (how, act) => {
    if (newest.how !== how) {
      const others = newest;
      const before = others.before.then(() => finished(Promise.allSettled(others.underWay), patienceMs));
      newest = { how, before, underWay: new Set() };
    }
    const { before, underWay } = newest;
    const settled = before.then(act).finally(() => underWay.delete(settled));
    underWay.add(settled);
    return settled;
  };
}
