// Fault 8, every interleaving: orders over several products, runs of a step that die or come back late, and the sweeper. No clock
// and no storage: fast-check decides what goes on next.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdEnd } from '../../../../functions/inventory/hold-end.ts';
import { expireHolds } from '../../../../shared/inventory/expire-holds.ts';
import {
  holdMs,
  keepItems,
  releaseItems,
  reserveItems,
  sellItems,
  type StockItem,
} from '../../../../shared/inventory/reserve-items.ts';
import type { Order } from '../../../../shared/orders/order.ts';
import { imbalanceOf, type MemoryStock, memoryStock, unitsOf } from '../../../support/memory-stock.ts';

const units = { A: 3, B: 2, C: 2 };
const skus = Object.keys(units);

interface Buyer {
  readonly orderId: string;
  readonly items: readonly StockItem[];
  status: Order['status'];
  payment: Order['payment']['status'];
  cancelRequested: boolean;
  money: 'none' | 'charged' | 'returned';
}

type Step = 'reserve' | 'capture' | 'complete';

interface World {
  readonly stock: MemoryStock;
  /** Lets others go first. */
  readonly tick: () => Promise<void>;
  readonly now: () => number;
}

const isRefused = ({ status, cancelRequested }: Buyer): boolean => status === 'cancelled' || cancelRequested;

/** The steps as functions/payment-saga takes them; between any two effects others may act. */
const steps: Record<Step, (world: World, buyer: Buyer) => Promise<'done' | 'waiting' | 'stopped'>> = {
  reserve: async ({ stock, now }, buyer) => {
    if (isRefused(buyer)) return 'stopped';
    const { outcome } = await reserveItems(stock, buyer.orderId, buyer.items, now() + holdMs);
    if (outcome === 'waiting') return 'waiting';
    return outcome === 'reserved' ? 'done' : 'stopped';
  },
  capture: async ({ stock, tick, now }, buyer) => {
    if (isRefused(buyer)) return 'stopped';
    if ((await keepItems(stock, buyer.orderId, buyer.items, now() + holdMs)) === 'lost') return 'stopped';
    await tick();
    if (buyer.money === 'none') buyer.money = 'charged';
    await tick();
    if (buyer.status === 'accepted') buyer.payment = 'captured';
    return 'done';
  },
  complete: async ({ stock, tick, now }, buyer) => {
    if (buyer.status !== 'completed' && isRefused(buyer)) return 'stopped';
    if ((await keepItems(stock, buyer.orderId, buyer.items, now() + holdMs)) === 'lost') return 'stopped';
    await tick();
    if (buyer.status !== 'completed' && isRefused(buyer)) return 'stopped';
    buyer.status = 'completed';
    await tick();
    await sellItems(stock, buyer.orderId, buyer.items);
    return 'done';
  },
};

const patience = 6;

/** A step until it answers; `lateRuns` are runs nobody waits for any more, which go on all the same. */
async function persist(world: World, buyer: Buyer, step: Step, isGivenUp: () => boolean, lateRuns: Promise<unknown>[]) {
  for (let asked = 0; asked < patience; asked += 1) {
    try {
      const run = steps[step](world, buyer);
      if (isGivenUp()) {
        lateRuns.push(run.catch(() => undefined));
        continue;
      }
      const answer = await run;
      if (answer !== 'waiting') return answer;
    } catch {
      // The run died, with its last change made or not.
    }
    await world.tick();
  }
  return 'stopped';
}

async function saga(world: World, buyer: Buyer, isGivenUp: () => boolean, lateRuns: Promise<unknown>[]): Promise<void> {
  for (const step of ['reserve', 'capture', 'complete'] as const) {
    if ((await persist(world, buyer, step, isGivenUp, lateRuns)) === 'done') continue;
    // As the event store has it: whichever is written first, completed or to be cancelled, the other is refused.
    if (buyer.status === 'completed') return;
    buyer.cancelRequested = true;
    await world.tick();
    await patiently(() => releaseItems(world.stock, buyer.orderId, buyer.items));
    // Voided or refunded: a capture that comes later is refused by the provider.
    buyer.money = 'returned';
    buyer.status = 'cancelled';
    return;
  }
}

async function patiently(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch {
      // Again: an undo is asked until it is done.
    }
  }
}

const sweepAll = async ({ stock, tick }: World, buyers: readonly Buyer[], now: number): Promise<void> => {
  for (const sku of skus) {
    const endOf = async (orderId: string) => {
      await tick();
      const buyer = buyers.find((each) => each.orderId === orderId);
      const end = holdEnd(buyer && { status: buyer.status, payment: { status: buyer.payment } });
      await tick();
      return end;
    };
    await expireHolds(stock, sku, now, endOf, () => undefined);
  }
};

const basket = fc.uniqueArray(fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 2 }) }), {
  selector: ({ sku }) => sku,
  minLength: 1,
  maxLength: 3,
});

test('no interleaving of orders, deaths, late runs and sweeps oversells, strands a unit or takes money without goods (fault 8)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(basket, { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
      async (scheduler, baskets, chances) => {
        const chance = (percent: number): boolean => (chances.next().value ?? 99) >= 100 - percent;
        let now = Date.UTC(2030, 0, 1);
        let isCalm = false;
        const tick = async (): Promise<void> => {
          if (!isCalm) await scheduler.schedule(Promise.resolve());
        };
        const stock = memoryStock(units, async (change) => {
          await tick();
          if (!isCalm && chance(5)) throw new Error('died before the change');
          const answer = change();
          if (!isCalm && chance(5)) throw new Error('died after the change');
          return answer;
        });
        const world = { stock, tick, now: () => (now += 1) };
        const buyers = baskets.map(
          (items, n): Buyer => ({
            orderId: `order-${n}`,
            items,
            status: 'accepted',
            payment: 'pending',
            cancelRequested: false,
            money: 'none',
          }),
        );
        const lateRuns: Promise<unknown>[] = [];
        const sweeper = async (): Promise<void> => {
          for (let round = 0; round < 4; round += 1) {
            await tick();
            now += chance(50) ? holdMs : holdMs / 4;
            await sweepAll(world, buyers, now);
          }
        };
        const all = [sweeper(), ...buyers.map((buyer) => saga(world, buyer, () => chance(15), lateRuns))];
        await scheduler.waitFor(Promise.all(all));
        await scheduler.waitFor(Promise.all(lateRuns));
        isCalm = true;
        now += 2 * holdMs;
        await sweepAll(world, buyers, now);
        expect(await faultsOf(stock, buyers)).toEqual([]);
      },
    ),
    { numRuns: 400 },
  );
});

async function faultsOf(stock: MemoryStock, buyers: readonly Buyer[]): Promise<string[]> {
  const faults = buyers
    .filter(({ status, money }) => status !== (money === 'charged' ? 'completed' : 'cancelled'))
    .map(({ orderId, status, money }) => `${orderId} is ${status}, money ${money}`);
  for (const [sku, { level, reservations }] of stock.shelves) {
    const imbalance = await imbalanceOf(level, [...reservations.values()]);
    if (imbalance !== undefined) faults.push(imbalance);
    if (level.reserved > 0) faults.push(`${level.reserved} of ${sku} are stranded`);
    const bought = buyers.filter(({ status }) => status === 'completed').flatMap(({ items }) => items);
    const wanted = bought.filter((item) => item.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0);
    const sold = unitsOf(reservations.values(), 'sold');
    if (sold !== wanted) faults.push(`${sold} of ${sku} are sold, ${wanted} completed`);
  }
  return faults;
}
