// The way of the money, whole, in memory: the app's own use cases, activities, saga, message handlers, timers and settlement of payments
// in a world that forgets, repeats, reorders and dies. Whatever happens, ledger, stock, carrier and mail agree at the end.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { addItem } from '../../shared/orders/add-item.ts';
import { cancelOrder } from '../../shared/orders/cancel-order.ts';
import { foldOrder } from '../../shared/orders/order.ts';
import { placeOrder } from '../../shared/orders/place-order.ts';
import { submitOrder } from '../../shared/orders/submit-order.ts';
import { deterministicId } from '../../shared/kernel/ids.ts';
import { type Chance, type Handler, type ModelApp, modelApp, type Run } from '../support/model-app.ts';
import { differencesOf } from '../support/model-invariants.ts';
import { nobodyDrivesTo } from '../support/model-world.ts';
import type { Trouble } from '../support/mortal-hosts.ts';
import { validOrder } from '../support/order-requests.ts';
import { mockPorts } from '../support/mock-ports.ts';
import { shuffledTurns } from '../support/shuffled-turns.ts';

const held = vi.hoisted(() => ({ registered: new Map<string, unknown>(), world: undefined as unknown }));
vi.mock('durable-functions', () => ({
  app: { activity: (name: string, { handler }: { handler: unknown }) => held.registered.set(name, handler) },
  getClient: () => (held.world as { client: unknown }).client,
  input: { durableClient: () => ({}) },
}));
vi.mock('@azure/functions', () => {
  const register = (name: string, { handler }: { handler: unknown }) => held.registered.set(name, handler);
  return { app: { serviceBusQueue: register, storageQueue: register, timer: register } };
});
vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));
mockPorts(() => held.world as Readonly<Record<string, unknown>>);
for (const step of ['arrange-shipment', 'authorise-payment', 'capture-payment', 'complete-order', 'reserve-stock']) {
  await import(`../../functions/payment-saga/${step}.ts`);
}
for (const record of ['cancellation', 'failed-compensation', 'failed-step']) {
  await import(`../../functions/payment-saga/record-${record}.ts`);
}
await import('../../functions/payment-saga/start-payment-saga.ts');
await import('../../functions/mail/send-order-mail.ts');
await import('../../functions/orders/publish-outbox.ts');
await import('../../functions/orders/sweep-outbox.ts');
await import('../../functions/inventory/expire-reservations.ts');
const { undos } = await import('../../functions/payment-saga/undos.ts');
const { placeOrderPorts } = await import('../../functions/orders/place-order-ports.ts');
const { resolveCompensation } = await import('../../functions/operations/resolve-compensation.ts');
const { settlePayment } = await import('../../functions/payments/settle-payment.ts');
const { checkOrder } = await import('../../functions/reconciliation/check-order.ts');

const units = { SEAT: 3, MUG: 4 };
const hourMs = 3_600_000;

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => void vi.useRealTimers());

/** The app in a world in which the chance says what happens. */
function appOf(chance: Omit<Chance, 'clock'>): ModelApp {
  vi.setSystemTime(Date.UTC(2026, 0, 2));
  const clock = {
    now: Date.now,
    passTo: (ms: number): void => {
      if (ms > Date.now()) vi.setSystemTime(ms);
    },
  };
  const parts = {
    registered: held.registered as ReadonlyMap<string, Handler>,
    settlePayment,
    checkOrder,
    resolveCompensation: (ports: ModelApp['ports'], subject: string, step: string) =>
      resolveCompensation(
        { orderChanges: ports.orderChanges, undos },
        { kind: 'compensation', subject, step, detail: '' },
        'retried',
      ),
  };
  const app = modelApp(parts, { ...chance, clock }, units);
  held.world = app.world;
  return app;
}

interface Buyer {
  readonly sku: keyof typeof units;
  readonly quantity: number;
  readonly method: 'card' | 'declined';
  readonly country: string;
  readonly way: 'at once' | 'twice' | 'as a draft';
  /** After so many turns, where it happens. */
  readonly cancelsAfter: number | undefined;
  readonly paysBesideAfter: number | undefined;
  readonly lapsesAfter: number | undefined;
}

/** A customer at work; answers the order's id and what became of the wish to cancel. */
function buy(app: ModelApp, name: string, buyer: Buyer, turns: (count: number) => Promise<void>) {
  const { sku, quantity, method, country, way } = buyer;
  const request = validOrder({
    items: [{ sku, quantity }],
    payment: { method },
    shipTo: { ...validOrder().shipTo, country },
    draft: way === 'as a draft',
  });
  const claim = { caller: 'ada', key: name, requestHash: 'h' };
  const orderId = deterministicId('order', claim.caller, claim.key);
  const told = { orderId, buyer, isCancelAccepted: false };
  const place = () => app.persist(() => placeOrder(placeOrderPorts(), request, { claim }));
  const unlessCancelled = async (work: () => Promise<unknown>): Promise<void> => {
    await app.persist(work).catch((error: { code?: string }) => {
      if (error.code !== 'order-not-draft') throw error;
    });
  };
  app.background(async () => {
    const ids = await Promise.all(way === 'twice' ? [place(), place()] : [place()]);
    expect(new Set([...ids, await place()])).toEqual(new Set([orderId]));
    if (way !== 'as a draft') return;
    const ports = placeOrderPorts();
    const added = { ...claim, operation: 'add-item' };
    await unlessCancelled(() => addItem(ports, orderId, { sku, quantity: 1 }, added));
    await unlessCancelled(() => submitOrder(ports, orderId, { ...claim, operation: 'submit' }));
  });
  const later = (turnCount: number | undefined, work: () => unknown): void => {
    if (turnCount !== undefined) app.background(async () => turns(turnCount).then(work));
  };
  /** Whether there was such an order. */
  const cancel = async (): Promise<boolean> => {
    try {
      const wish = { ...claim, operation: 'cancel' };
      await app.persist(() => cancelOrder(app.ports.orderChanges, orderId, wish));
      return (told.isCancelAccepted = true);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'too-late-to-cancel') return true;
      if (code === 'order-not-found') return false;
      throw error;
    }
  };
  // Who cancels an order that is not placed yet is told so, and comes again [fault 7].
  later(buyer.cancelsAfter, async () => {
    while (!(await cancel())) await turns(1);
  });
  later(buyer.paysBesideAfter, async () => {
    while (!app.orders.streams.has(orderId)) await turns(1);
    app.provider.payBeside(orderId, 700);
  });
  later(buyer.lapsesAfter, () => app.provider.letGoOf(orderId));
  return told;
}

/** Timers and operators, until there is nothing left to do. */
async function settle(app: ModelApp): Promise<void> {
  const left = () => app.orders.unsent.length + app.openTasks().filter(({ kind }) => kind === 'compensation').length;
  // Once more when nothing is left: what is found then is none.
  for (let rounds = 0, quietRounds = 0; rounds < 60 && quietRounds < 2; rounds += 1) {
    await app.quiet();
    quietRounds = left() === 0 ? quietRounds + 1 : 0;
    vi.setSystemTime(Date.now() + hourMs);
    await app.sweep();
    await app.retryTasks();
    await app.reconcile();
    await app.quiet();
  }
}

const endsOf = ({ orders }: ModelApp): string[] =>
  [...orders.streams].map(([orderId, { events }]) => foldOrder(orderId, events)?.status ?? 'none').toSorted();

/** In so many cases of ten. */
const sometimes = (cases: number): fc.Arbitrary<number | undefined> =>
  fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 120 }), weight: cases },
    { arbitrary: fc.constant(undefined), weight: 10 - cases },
  );
const anybody: fc.Arbitrary<Buyer> = fc.record({
  sku: fc.constantFrom('SEAT', 'MUG'),
  quantity: fc.integer({ min: 1, max: 2 }),
  method: fc.constantFrom('card', 'card', 'card', 'declined'),
  country: fc.constantFrom('GB', 'GB', 'GB', 'GB', nobodyDrivesTo),
  way: fc.constantFrom('at once', 'twice', 'as a draft'),
  cancelsAfter: sometimes(4),
  paysBesideAfter: sometimes(2),
  lapsesAfter: sometimes(2),
});
const kinds: Trouble[] = ['lost before', 'lost after', 'dies before', 'dies after', 'refused'];
const troubles = fc.array(fc.tuple(fc.integer({ min: 0, max: 25 }), fc.constantFrom(...kinds)), {
  maxLength: 40,
  size: 'max',
});
const runs = fc
  .array(fc.tuple(fc.constantFrom<Run>('once', 'twice', 'late'), fc.integer({ min: 1, max: 9 })), {
    maxLength: 8,
    size: 'max',
  })
  // More late answers than these last longer than a saga may take, and then a person is rightly asked about an order that is stuck.
  .map((streaks) => streaks.flatMap(([run, times]) => Array.from({ length: times }, () => run)).slice(0, 20));

test('whatever is lost, repeated, late or dies, and whoever cancels: money, stock, carrier and mail agree [faults 1-9, 25, 40]', {
  timeout: 60_000,
}, async () => {
  const ends: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.array(anybody, { minLength: 1, maxLength: 4 }),
      troubles,
      runs,
      async (seed, people, gaps, runList) => {
        const { turn, turns, until } = shuffledTurns(seed);
        const troublesLeft = gaps.flatMap(([gap, trouble]) => [
          ...Array.from({ length: gap }, () => undefined),
          trouble,
        ]);
        const runsLeft = [...runList];
        const app = appOf({
          turn,
          troubleOf: () => troublesLeft.shift() ?? 'none',
          runOf: () => runsLeft.shift() ?? 'once',
        });
        const orders = people.map((buyer, n) => buy(app, `k-${n}`, buyer, turns));
        for (const count of [60, 200]) {
          app.background(async () => {
            await turns(count);
            await app.sweep();
            await app.retryTasks();
            await app.reconcile();
          });
        }
        await until(app.quiet());
        await until(settle(app));
        expect(differencesOf(app, orders)).toEqual([]);
        for (const status of app.reports.values()) ends[status] = (ends[status] ?? 0) + 1;
      },
    ),
    { numRuns: 200 },
  );
  expect(Object.keys(ends).toSorted()).toEqual(['cancelled', 'completed', 'needs-attention']);
});

const buyer: Buyer = {
  sku: 'SEAT',
  quantity: 2,
  method: 'card',
  country: 'GB',
  way: 'at once',
  cancelsAfter: undefined,
  paysBesideAfter: undefined,
  lapsesAfter: undefined,
};

interface Scenario {
  readonly buyers?: readonly Partial<Buyer>[];
  /** The customer cancels when this activity is about to begin. */
  readonly cancelsBefore?: string;
  /** A call that is refused for good, by default as often as it is made. */
  readonly refuses?: string;
  readonly refusals?: number;
}

test.each<[string, string[], Scenario]>([
  ['an order that goes through', ['completed'], {}],
  ['a declined card', ['cancelled'], { buyers: [{ method: 'declined' }] }],
  ['two orders for the last seats', ['cancelled', 'completed'], { buyers: [{}, { quantity: 3 }] }],
  ['a carrier that does not drive there', ['cancelled'], { buyers: [{ country: nobodyDrivesTo }] }],
  ['a carrier that refuses for a while', ['cancelled'], { refuses: 'arrange', refusals: 2 }],
  ['a refused capture', ['cancelled'], { refuses: 'capture' }],
  [
    'a void that is refused for a while',
    ['cancelled'],
    { cancelsBefore: 'arrange-shipment', refuses: 'give back', refusals: 2 },
  ],
  ['cancelled before it is begun', ['cancelled'], { cancelsBefore: 'reserve-stock' }],
  ['cancelled before its payment', ['cancelled'], { cancelsBefore: 'authorise-payment' }],
  ['cancelled before its shipment', ['cancelled'], { cancelsBefore: 'arrange-shipment' }],
  ['cancelled before its capture', ['cancelled'], { cancelsBefore: 'capture-payment' }],
  ['cancelled after its capture', ['cancelled'], { cancelsBefore: 'complete-order' }],
])(
  '%s ends %j wherever the host dies on the way [faults 1, 2, 7]',
  { timeout: 60_000 },
  async (_name, ends, scenario) => {
    const { buyers = [{}], cancelsBefore, refuses, refusals = Number.POSITIVE_INFINITY } = scenario;
    for (const death of ['dies before', 'dies after'] as const) {
      let crossings = Number.POSITIVE_INFINITY;
      for (let nth = 1; nth <= crossings; nth += 1) {
        const { turn, turns, until } = shuffledTurns(1);
        const left = { crossings: nth, refusals };
        const troubleOf = (what: string): Trouble => {
          left.crossings -= 1;
          if (left.crossings === 0) return death;
          return what === refuses && (left.refusals -= 1) >= 0 ? 'refused' : 'none';
        };
        let cancelled: Promise<unknown> | undefined;
        const app = appOf({
          turn,
          troubleOf,
          beforeActivity: async ({ activity, input }) => {
            if (activity === cancelsBefore)
              await (cancelled ??= app.persist(() => cancelOrder(app.ports.orderChanges, input.orderId)));
          },
        });
        const orders = buyers.map((changes, n) => buy(app, `k-${n}`, { ...buyer, ...changes }, turns));
        await until(app.quiet());
        crossings = nth - left.crossings;
        await until(settle(app));
        expect({ death, nth, found: differencesOf(app, orders), ends: endsOf(app) }).toEqual({
          death,
          nth,
          found: [],
          ends,
        });
      }
      expect(crossings).toBeGreaterThan(30);
    }
  },
);
