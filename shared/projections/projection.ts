// Which generation of a projection is read, and which is being built beside it: one small state a projection, changed by ETag.
// Whoever follows the hub writes to every generation of `generationsToWrite`, read before the orders are. So an event whose
// follower did not know of a rebuild yet was stored before the rebuild began, which therefore finds it. Pure.

export const projectionNames = ['orders-by-customer', 'daily-sales'] as const;
export type ProjectionName = (typeof projectionNames)[number];

export interface Rebuild {
  /** Of the orchestration, and of the generation it builds. */
  readonly id: string;
  /** Only orders changed since then, into the generation that is read: nothing is swapped. */
  readonly from?: string;
  readonly startedAt: string;
  /** Orders that there were to be read, once they are counted. */
  readonly total?: number;
  readonly orders: number;
  /** Orders that could not be read; the log names them. */
  readonly skipped: number;
}

export interface Projection {
  readonly live: string;
  readonly rebuild?: Rebuild;
  readonly last?: Rebuild & { readonly finishedAt: string };
  /** Generations that nobody reads any more and whose rows are to go. */
  readonly leftovers: readonly string[];
}

export const newProjection: Projection = { live: '0', leftovers: [] };

export const generationsToWrite = ({ live, rebuild }: Projection): readonly string[] =>
  rebuild === undefined || rebuild.from !== undefined ? [live] : [live, rebuild.id];

export const generationOf = ({ live }: Projection, { id, from }: Pick<Rebuild, 'id' | 'from'>): string =>
  from === undefined ? id : live;

/** One at a time: the one under way stays, unless it is `ended`, which did not get to its end. */
export function beginRebuild(
  projection: Projection,
  wish: { readonly id: string; readonly from?: string | undefined; readonly at: string },
  ended?: string,
): Projection {
  const { rebuild } = projection;
  if (rebuild !== undefined && rebuild.id !== ended) return projection;
  const abandoned = rebuild === undefined || rebuild.from !== undefined ? [] : [rebuild.id];
  return {
    ...projection,
    rebuild: {
      id: wish.id,
      ...(wish.from === undefined ? {} : { from: wish.from }),
      startedAt: wish.at,
      orders: 0,
      skipped: 0,
    },
    leftovers: [...projection.leftovers, ...abandoned],
  };
}

/** Does nothing for a rebuild that is over. */
export const reportRebuild = (
  projection: Projection,
  id: string,
  report: Partial<Pick<Rebuild, 'total' | 'orders' | 'skipped'>>,
): Projection =>
  projection.rebuild?.id === id ? { ...projection, rebuild: { ...projection.rebuild, ...report } } : projection;

/** The swap. Does nothing for a rebuild that is over. */
export function finishRebuild(projection: Projection, id: string, at: string): Projection {
  const { rebuild, ...rest } = projection;
  if (rebuild?.id !== id) return projection;
  const last = { ...rebuild, finishedAt: at };
  if (rebuild.from !== undefined) return { ...rest, last };
  return { live: id, last, leftovers: [...rest.leftovers, rest.live] };
}

export const dropLeftover = (projection: Projection, generation: string): Projection => ({
  ...projection,
  leftovers: projection.leftovers.filter((left) => left !== generation),
});

/** 0 … 1 */
export const progressOf = ({ total, orders }: Rebuild): number =>
  total === undefined ? 0 : total === 0 ? 1 : Math.min(1, orders / total);
