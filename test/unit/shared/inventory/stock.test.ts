import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bySku, releaseItems, reserveItems } from '../../../../shared/inventory/reserve-items.ts';
import { type Reservation, release, reserve, sell, type StockLevel } from '../../../../shared/inventory/stock.ts';
import type { StockStore } from '../../../../shared/inventory/stock-store.ts';

class Shelf {
  level: StockLevel;
  readonly reservations = new Map<string, Reservation>();

  constructor(onHand: number) {
    this.level = { sku: 'A', onHand, reserved: 0 };
  }

  readonly change: StockStore['change'] = async (_sku, orderId, decide) => {
    const { outcome, next } = decide({ level: this.level, reservation: this.reservations.get(orderId) });
    if (next !== undefined) {
      this.level = next.level;
      this.reservations.set(orderId, next.reservation);
    }
    return outcome;
  };
}

const command = fc.record({
  orderId: fc.constantFrom('a', 'b', 'c', 'd'),
  what: fc.constantFrom('reserve', 'release', 'sell'),
  quantity: fc.integer({ min: 1, max: 6 }),
});

test('whatever orders do, in any order and repeated, nothing is oversold and the counters match the reservations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const shelf = new Shelf(10);
      for (const { orderId, what, quantity } of commands) {
        await shelf.change('A', orderId, (state): { outcome: unknown } => {
          if (what === 'reserve') return reserve(state, orderId, quantity);
          return what === 'release' ? release(state, orderId) : sell(state);
        });
      }
      const sum = (status: string): number =>
        [...shelf.reservations.values()]
          .filter((each) => each.status === status)
          .reduce((total, each) => total + each.quantity, 0);
      expect(shelf.level.reserved).toBe(sum('held'));
      expect(shelf.level.onHand).toBe(10 - sum('sold'));
      expect(shelf.level.onHand - shelf.level.reserved).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a reservation that comes after its release takes nothing', async () => {
  const shelf = new Shelf(5);
  await shelf.change('A', 'a', (state) => release(state, 'a'));
  expect(await shelf.change('A', 'a', (state) => reserve(state, 'a', 2))).toBe('released-before');
  expect(shelf.level.reserved).toBe(0);
});

test('the last unit is sold, one more is not', async () => {
  const shelf = new Shelf(2);
  expect(await shelf.change('A', 'a', (state) => reserve(state, 'a', 2))).toBe('reserved');
  expect(await shelf.change('A', 'b', (state) => reserve(state, 'b', 1))).toBe('out-of-stock');
});

test('items of one product are one reservation of their sum', () => {
  const items = [
    { sku: 'B', quantity: 1 },
    { sku: 'A', quantity: 2 },
    { sku: 'B', quantity: 3 },
  ];
  expect(bySku(items)).toEqual([
    { sku: 'A', quantity: 2 },
    { sku: 'B', quantity: 4 },
  ]);
});

test('an order that is short of one product gives the others back by its release', async () => {
  const shelves = new Map([
    ['A', new Shelf(5)],
    ['B', new Shelf(0)],
  ]);
  const shelfOf = (sku: string): Shelf => shelves.get(sku) ?? new Shelf(0);
  const store: StockStore = {
    level: async (sku) => shelves.get(sku)?.level,
    change: (sku, orderId, decide) => shelfOf(sku).change(sku, orderId, decide),
    addIfAbsent: async () => {},
  };
  const items = [
    { sku: 'A', quantity: 1 },
    { sku: 'B', quantity: 1 },
  ];
  expect(await reserveItems(store, 'o', items)).toBe('out-of-stock');
  expect(shelfOf('A').level.reserved).toBe(1);
  await releaseItems(store, 'o', items);
  expect(shelfOf('A').level.reserved).toBe(0);
});
