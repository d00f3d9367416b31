import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expireHolds, type HoldEnd } from '../../../../shared/inventory/expire-holds.ts';
import { bySku, keepItems, releaseItems, reserveItems, sellItems } from '../../../../shared/inventory/reserve-items.ts';
import {
  applyChanges,
  lapse,
  newLevel,
  recount,
  release,
  reserve,
  sell,
  type Shelf,
} from '../../../../shared/inventory/stock.ts';
import { imbalanceOf, memoryStock } from '../../../support/memory-stock.ts';

const now = Date.UTC(2030, 0, 1);
const item = (sku: string, quantity = 1) => ({ sku, quantity });
const levelOf = (stock: ReturnType<typeof memoryStock>, sku: string) => stock.shelves.get(sku)?.level;

const command = fc.record({
  orderId: fc.constantFrom('a', 'b', 'c', 'd'),
  what: fc.constantFrom('reserve', 'lapse', 'release', 'sell'),
  quantity: fc.integer({ min: 1, max: 6 }),
  at: fc.integer({ min: 0, max: 10 }),
});

test('whatever orders do, in any order, repeated and in groups, nothing is oversold and the counters match the reservations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(command, { maxLength: 8 }), { maxLength: 12 }), async (groups) => {
      let shelf: Shelf = { level: newLevel('A', 10), reservations: new Map() };
      for (const group of groups) {
        const changes = group.map(({ orderId, what, quantity, at }) => ({
          orderId,
          decide: (state: Parameters<typeof sell>[0]) => {
            if (what === 'reserve') return reserve(state, orderId, quantity, at).next;
            if (what === 'lapse') return lapse(state, at).next;
            return what === 'release' ? release(state, orderId).next : sell(state).next;
          },
        }));
        shelf = applyChanges(shelf, changes);
        expect(await imbalanceOf(shelf.level, [...shelf.reservations.values()])).toBeUndefined();
      }
    }),
  );
});

test('a group of changes makes the same as the changes one by one', () => {
  const changes = ['a', 'b', 'c', 'a'].map((orderId) => ({
    orderId,
    decide: (state: Parameters<typeof sell>[0]) => reserve(state, orderId, 4, now).next,
  }));
  const empty: Shelf = { level: newLevel('A', 10), reservations: new Map() };
  const oneByOne = changes.reduce((shelf, change) => applyChanges(shelf, [change]), empty);
  expect(applyChanges(empty, changes)).toEqual(oneByOne);
  expect([...oneByOne.reservations.keys()]).toEqual(['a', 'b']);
});

test('a reservation that comes after its release takes nothing', async () => {
  const stock = memoryStock({ A: 5 });
  await releaseItems(stock, 'a', [item('A', 2)]);
  expect(await reserveItems(stock, 'a', [item('A', 2)], now)).toEqual({ outcome: 'released-before' });
  expect(levelOf(stock, 'A')?.reserved).toBe(0);
});

test('the last unit is held, another buyer waits for it, and is told when it is sold', async () => {
  const stock = memoryStock({ A: 2 });
  expect(await reserveItems(stock, 'a', [item('A', 2)], now)).toEqual({ outcome: 'reserved' });
  expect(await reserveItems(stock, 'b', [item('A')], now)).toEqual({ outcome: 'waiting' });
  await sellItems(stock, 'a', [item('A', 2)]);
  expect(await reserveItems(stock, 'b', [item('A')], now)).toEqual({ outcome: 'out-of-stock', skus: ['A'] });
});

test('who wants more than are unsold does not wait', async () => {
  const stock = memoryStock({ A: 2 });
  expect(await reserveItems(stock, 'a', [item('A', 3)], now)).toEqual({ outcome: 'out-of-stock', skus: ['A'] });
});

test('whoever waited takes what another gave back', async () => {
  const stock = memoryStock({ A: 1 });
  await reserveItems(stock, 'a', [item('A')], now);
  await releaseItems(stock, 'a', [item('A')]);
  expect(await reserveItems(stock, 'b', [item('A')], now)).toEqual({ outcome: 'reserved' });
});

test('items of one product are one reservation of their sum', () => {
  expect(bySku([item('B'), item('A', 2), item('B', 3)])).toEqual([item('A', 2), item('B', 4)]);
});

test('every product that is short is named, those after the first too', async () => {
  const stock = memoryStock({ A: 0, B: 5, C: 0 });
  const items = [item('A'), item('B'), item('C')];
  expect(await reserveItems(stock, 'o', items, now)).toEqual({ outcome: 'out-of-stock', skus: ['A', 'C'] });
});

test('an order that waits for one product holds no other', async () => {
  const stock = memoryStock({ A: 1, B: 1 });
  await reserveItems(stock, 'other', [item('B')], now);
  expect(await reserveItems(stock, 'o', [item('A'), item('B')], now)).toEqual({ outcome: 'waiting' });
  expect(levelOf(stock, 'A')?.reserved).toBe(0);
});

test('a late run that waits takes nothing from the run that succeeded', async () => {
  const stock = memoryStock({ A: 1, B: 1 });
  await reserveItems(stock, 'other', [item('B')], now);
  let later: unknown;
  // The second run begins after the first has met the shortage, before the first gives A back.
  const change: typeof stock.change = async (sku, orderId, decide) => {
    const outcome = await stock.change(sku, orderId, decide);
    if (sku === 'B' && later === undefined) {
      await releaseItems(stock, 'other', [item('B')]);
      later = await reserveItems(stock, 'o', [item('A'), item('B')], now + 1);
    }
    return outcome;
  };
  await reserveItems({ ...stock, change }, 'o', [item('A'), item('B')], now);
  expect(later).toEqual({ outcome: 'reserved' });
  expect([levelOf(stock, 'A')?.reserved, levelOf(stock, 'B')?.reserved]).toEqual([1, 1]);
});

test('a kept hold outlives its first end', async () => {
  const stock = memoryStock({ A: 1 });
  await reserveItems(stock, 'o', [item('A')], now);
  expect(await keepItems(stock, 'o', [item('A')], now + 10)).toBe('held');
  expect(await Array.fromAsync(stock.expired('A', now + 9))).toEqual([]);
  expect(await Array.fromAsync(stock.expired('A', now + 10))).toEqual(['o']);
});

const failed = (orderId: string): never => expect.fail(`the hold of ${orderId}`);

const sweep = (stock: ReturnType<typeof memoryStock>, end: HoldEnd) =>
  expireHolds(stock, 'A', now, async () => end, failed);

test('a hold that lapsed is taken anew where the units are still there, and lost where they are not', async () => {
  const stock = memoryStock({ A: 1 });
  await reserveItems(stock, 'o', [item('A')], now);
  expect(await sweep(stock, 'lapse')).toBe(1);
  expect(await keepItems(stock, 'o', [item('A')], now)).toBe('held');
  await sweep(stock, 'lapse');
  await reserveItems(stock, 'other', [item('A')], now);
  expect(await keepItems(stock, 'o', [item('A')], now)).toBe('lost');
});

test.each<[HoldEnd, object]>([
  ['sell', { onHand: 3, reserved: 0 }],
  ['release', { onHand: 5, reserved: 0 }],
  ['lapse', { onHand: 5, reserved: 0 }],
  ['keep', { onHand: 5, reserved: 2 }],
])('a hold that ran out: %s', async (end, level) => {
  const stock = memoryStock({ A: 5 });
  await reserveItems(stock, 'o', [item('A', 2)], now);
  await sweep(stock, end);
  expect(levelOf(stock, 'A')).toMatchObject(level);
});

test('a hold that is kept between the look at it and its end stays', async () => {
  const stock = memoryStock({ A: 1 });
  await reserveItems(stock, 'o', [item('A')], now);
  const keep = async (): Promise<HoldEnd> => {
    await keepItems(stock, 'o', [item('A')], now + 1);
    return 'lapse';
  };
  await expireHolds(stock, 'A', now, keep, failed);
  expect(levelOf(stock, 'A')?.reserved).toBe(1);
});

test('a hold whose order cannot be read keeps no other from its end', async () => {
  const stock = memoryStock({ A: 2 });
  await reserveItems(stock, 'broken', [item('A')], now);
  await reserveItems(stock, 'o', [item('A')], now);
  const told: string[] = [];
  const endOf = async (orderId: string): Promise<HoldEnd> => {
    if (orderId === 'broken') throw new Error('unreadable');
    return 'release';
  };
  expect(await expireHolds(stock, 'A', now, endOf, (orderId) => told.push(orderId))).toBe(1);
  expect(told).toEqual(['broken']);
});

test('units that were given back before are not sold', async () => {
  const stock = memoryStock({ A: 1 });
  expect(await sellItems(stock, 'o', [item('A')])).toBe('not-held');
  await releaseItems(stock, 'o', [item('A')]);
  expect(await sellItems(stock, 'o', [item('A')])).toBe('not-held');
});

test('a recount finds what is sold and held', async () => {
  const reservations = [
    { orderId: 'a', quantity: 2, status: 'sold' },
    { orderId: 'b', quantity: 3, status: 'held', heldUntil: now },
    { orderId: 'c', quantity: 4, status: 'released' },
  ] as const;
  const wrong = { ...newLevel('A', 10), onHand: 9, reserved: 9 };
  expect(await recount(wrong, reservations)).toEqual({ sku: 'A', received: 10, onHand: 8, reserved: 3 });
});
