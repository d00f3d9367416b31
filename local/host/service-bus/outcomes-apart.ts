// Keeps different outcomes apart in time. rhea, below the SDK, tells deliveries that follow one another and are settled in one turn by
// one disposition, and does not compare the first two outcomes: a message abandoned right behind a completed one would be completed.

export type SettleApart = (how: string, act: () => Promise<void>) => Promise<void>;

/** What is to be settled in another way than what is under way waits until that has been answered; whoever comes later waits behind it. */
export function settleApart(): SettleApart {
  let newest = { how: '', before: Promise.resolve() as Promise<unknown>, underWay: new Set<Promise<void>>() };
  return (how, act) => {
    if (newest.how !== how) newest = { how, before: Promise.allSettled(newest.underWay), underWay: new Set() };
    const { before, underWay } = newest;
    const settled = before.then(act).finally(() => underWay.delete(settled));
    underWay.add(settled);
    return settled;
  };
}
