// The stock in memory. Every change goes through `around`, which may delay it, and may throw before it takes place or after.
import {
  applyChanges,
  newLevel,
  recount,
  type Reservation,
  type Shelf,
  type StockLevel,
} from '../../shared/inventory/stock.ts';
import type { StockStore } from '../../shared/inventory/stock-store.ts';

export interface MemoryStock extends StockStore {
  readonly shelves: Map<string, Shelf>;
}

type Around = <T>(change: () => T) => Promise<T>;

export function memoryStock(
  units: Readonly<Record<string, number>>,
  around: Around = async (change) => change(),
): MemoryStock {
  const shelves = new Map<string, Shelf>();
  const put = (sku: string, count: number) =>
    shelves.set(sku, { level: newLevel(sku, count), reservations: new Map() });
  const shelf = (sku: string): Shelf => {
    const found = shelves.get(sku);
    if (found === undefined) throw new Error(`no shelf of ${sku}`);
    return found;
  };
  for (const [sku, count] of Object.entries(units)) put(sku, count);
  return {
    shelves,
    level: async (sku) => shelves.get(sku)?.level,
    change: (sku, orderId, decide) =>
      around(() => {
        const decisions: ReturnType<typeof decide>[] = [];
        const change = {
          orderId,
          decide: (state: Parameters<typeof decide>[0]) => {
            const decision = decide(state);
            decisions.push(decision);
            return decision.next;
          },
        };
        shelves.set(sku, applyChanges(shelf(sku), [change]));
        const [decision] = decisions;
        if (decision === undefined) throw new Error('nothing was decided');
        return decision.outcome;
      }),
    addIfAbsent: async (sku, count) => {
      if (!shelves.has(sku)) put(sku, count);
    },
    reservations: (sku) => inOrder([...shelf(sku).reservations.values()]),
    expired: (sku, now) =>
      inOrder(
        [...shelf(sku).reservations.values()]
          .filter((each) => each.status === 'held' && each.heldUntil <= now)
          .map(({ orderId }) => orderId),
      ),
    mend: async () => undefined,
  };
}

async function* inOrder<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

export const unitsOf = (reservations: Iterable<Reservation>, status: Reservation['status']): number =>
  [...reservations].filter((each) => each.status === status).reduce((sum, { quantity }) => sum + quantity, 0);

/** What is wrong with the counters, if anything is. */
export async function imbalanceOf(
  level: StockLevel,
  reservations: readonly Reservation[],
): Promise<string | undefined> {
  const right = await recount(level, reservations);
  if (right.onHand !== level.onHand || right.reserved !== level.reserved) {
    return `${JSON.stringify(level)} should be ${JSON.stringify(right)}`;
  }
  return level.reserved < 0 || level.reserved > level.onHand ? `oversold: ${JSON.stringify(level)}` : undefined;
}
