// The saga's own activities and generator in a world in memory, in any interleaving: answers that get lost before or after the effect,
// activities that run twice or come late, a customer who cancels at any moment. Whatever happens, ledger, stock and carrier agree.
import fc, { type Scheduler } from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { sellItems } from '../../shared/inventory/reserve-items.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { appendEvents } from '../../shared/orders/append-events.ts';
import { cancelOrder } from '../../shared/orders/cancel-order.ts';
import type { OrderEvent } from '../../shared/orders/events.ts';
import {
  type ActivityCall,
  runPaymentSaga,
  type SagaReport,
  type StepResult,
} from '../../shared/orders/payment-saga.ts';
import { readOrder } from '../../shared/orders/read-order.ts';
import { decideResolved } from '../../shared/orders/saga-decisions.ts';
import { addEvent, memoryOrders } from '../support/memory-orders.ts';
import { memoryStock, unitsOf } from '../support/memory-stock.ts';
import { mockPorts } from '../support/mock-ports.ts';

type Handler = (input: ActivityCall['input'], context: object) => Promise<StepResult>;

const held = vi.hoisted(() => ({ activities: new Map<string, unknown>(), world: undefined as unknown }));
vi.mock('durable-functions', () => ({
  app: { activity: (name: string, { handler }: { handler: unknown }) => held.activities.set(name, handler) },
}));
mockPorts(() => held.world as Readonly<Record<string, unknown>>);
await import('../../functions/payment-saga/arrange-shipment.ts');
await import('../../functions/payment-saga/authorise-payment.ts');
await import('../../functions/payment-saga/capture-payment.ts');
await import('../../functions/payment-saga/complete-order.ts');
await import('../../functions/payment-saga/record-cancellation.ts');
await import('../../functions/payment-saga/record-failed-compensation.ts');
await import('../../functions/payment-saga/record-failed-step.ts');
await import('../../functions/payment-saga/reserve-stock.ts');
const { undos } = await import('../../functions/payment-saga/undos.ts');

const orderId = '0190a8f0-0000-7000-8000-000000000001';
const sku = 'TICKET-STANDARD';
const total = { amountMinor: 4900, currency: 'EUR' } as const;
const opening: readonly OrderEvent[] = [
  {
    type: 'OrderCreated',
    data: {
      customerId: 'ada',
      contactId: 'c-1',
      items: [{ sku, quantity: 1, unitPrice: total }],
      total,
      payment: { method: 'pm_card_visa' },
      channel: 'web',
    },
  },
  { type: 'OrderPlaced', data: { customerId: 'ada' } },
];

type Trouble = 'none' | 'lost before' | 'lost after';
type Run = 'once' | 'twice' | 'late';

interface Script {
  readonly troubles: readonly Trouble[];
  readonly runs: readonly Run[];
  /** The customer cancels when so many activities have begun. */
  readonly cancelsAt: number;
}

type Payment = 'none' | 'held' | 'taken' | 'voided' | 'refunded';

function worldOf(s: Scheduler, script: Script) {
  const troubles = [...script.troubles];
  const at = async <T>(what: string, effect: () => T | Promise<T>): Promise<T> => {
    const trouble = troubles.shift() ?? 'none';
    await s.schedule(Promise.resolve(), what);
    if (trouble === 'lost before') throw new AppError('storage-unavailable', `${what} was lost`);
    const result = await effect();
    if (trouble === 'lost after') throw new AppError('storage-unavailable', `the answer of ${what} was lost`);
    return result;
  };
  const memory = memoryOrders();
  for (const event of opening) addEvent(memory, orderId, event);
  const orders: typeof memory.orders = {
    ...memory.orders,
    load: (id) => at('load', () => memory.orders.load(id)),
    append: (...given) => at('append', () => memory.orders.append(...given)),
  };
  const state = { payment: 'none' as Payment, shipment: 'none' as 'none' | 'arranged' | 'cancelled', net: 0 };
  const authorise = () =>
    at('authorise', () => {
      if (state.payment === 'none') state.payment = 'held';
      return { outcome: 'authorised', paymentId: 'pi_1' };
    });
  const giveBack = () =>
    at('give back', () => {
      if (state.payment === 'held') state.payment = 'voided';
      if (state.payment !== 'taken') return state.payment;
      state.net -= total.amountMinor;
      return (state.payment = 'refunded');
    });
  const arrange = () =>
    at('arrange', () => {
      if (state.shipment === 'none') state.shipment = 'arranged';
      return { outcome: 'arranged', shipmentId: 'sh-1', trackingId: 't-1' };
    });
  const stock = memoryStock({ [sku]: 3 }, (change) => at('stock', change));
  const tasks = new Set<string>();
  const ports = {
    orderChanges: { ...memory, orders },
    stock,
    contacts: { get: async () => ({ name: 'Ada', line1: '1', city: 'London', postalCode: 'S', country: 'GB' }) },
    payments: {
      authorise,
      capture: () =>
        at('capture', () => {
          if (state.payment === 'held') {
            state.payment = 'taken';
            state.net += total.amountMinor;
          }
          return state.payment === 'taken' ? 'captured' : 'lapsed';
        }),
      reverse: async ({ paymentId }: { paymentId?: string }) => {
        if (paymentId === undefined) await authorise();
        return await giveBack();
      },
    },
    carrier: { arrange, cancel: () => at('cancel shipment', () => void (state.shipment = 'cancelled')) },
    raiseTask: ({ step }: { step: string }) => at('raise task', () => void tasks.add(step)),
  };
  return { ports, state, stock, tasks, memory };
}

const context = { warn: () => undefined, error: () => undefined };

const call = async ({ activity, input }: ActivityCall): Promise<StepResult> =>
  await (held.activities.get(activity) as Handler)(input, context);

/** Plays the orchestrator: an activity may run a second time, or go on after nobody waits for it any more. */
async function drive(script: Script, inBackground: (work: Promise<unknown>) => void): Promise<SagaReport> {
  const runs = [...script.runs];
  let nowMs = 0;
  let begun = 0;
  const saga = runPaymentSaga(orderId, () => nowMs);
  let move = saga.next();
  while (!move.done) {
    const wish = move.value;
    if (wish.do === 'pause') {
      nowMs += wish.durationMs;
      move = saga.next();
      continue;
    }
    begun += 1;
    const { orderChanges } = held.world as ReturnType<typeof worldOf>['ports'];
    if (begun === script.cancelsAt) inBackground(cancelOrder(orderChanges, orderId));
    const run = runs.shift() ?? 'once';
    const work = call(wish.call);
    if (run === 'twice') inBackground(call(wish.call));
    try {
      if (run === 'late') {
        inBackground(work);
        nowMs += wish.withinMs;
        throw new Error('no answer in time');
      }
      move = saga.next(await work);
    } catch (error) {
      move = saga.throw(error);
    }
  }
  return move.value;
}

/** Long enough to use up a step's patience. */
const streaks = fc
  .tuple(fc.constantFrom<Run>('once', 'twice', 'late'), fc.integer({ min: 1, max: 9 }))
  .map(([run, times]) => Array.from({ length: times }, () => run));

const scripts: fc.Arbitrary<Script> = fc.record({
  troubles: fc.array(
    fc.oneof(
      { arbitrary: fc.constant<Trouble>('none'), weight: 4 },
      fc.constantFrom<Trouble>('lost before', 'lost after'),
    ),
    { maxLength: 150, size: 'max' },
  ),
  runs: fc.array(streaks, { maxLength: 12, size: 'max' }).map((each) => each.flat()),
  cancelsAt: fc.integer({ min: 1, max: 20 }),
});

/** As an operator does, until each undo that failed is done. */
async function retryByHand(world: ReturnType<typeof worldOf>): Promise<void> {
  const { orderChanges } = world.ports;
  for (const step of world.tasks) {
    const order = await readOrder(orderChanges.orders, orderId);
    const result = await undos[step as keyof typeof undos](order);
    const payment = result.outcome === 'done' ? result.payment : undefined;
    const resolution = { step, how: 'retried', ...(payment === undefined ? {} : { payment }) } as const;
    await appendEvents(orderChanges, orderId, (now) => decideResolved(now, resolution));
  }
}

beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined));

test('in any interleaving with loss, repeats, late runs and a cancellation the books balance [faults 1, 2, 3, 7]', async () => {
  const ends = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, async (s, script) => {
      const world = worldOf(s, script);
      held.world = world.ports;
      const background: Promise<unknown>[] = [];
      const inBackground = (work: Promise<unknown>) => void background.push(work.catch(() => undefined));
      const report = await s.waitFor(drive(script, inBackground));
      await s.waitFor(Promise.all(background));
      ends.set(report.status, (ends.get(report.status) ?? 0) + 1);
      if (report.status === 'needs-attention') await s.waitFor(untilDone(() => retryByHand(world)));

      const { status } = await s.waitFor(untilDone(() => readOrder(world.memory.orders, orderId)));
      const types = world.memory.streams.get(orderId)?.events.map(({ type }) => type) ?? [];
      // What the sweeper does, should the process have died between the completion and the sale.
      if (status === 'completed')
        await s.waitFor(untilDone(() => sellItems(world.stock, orderId, [{ sku, quantity: 1 }])));
      const shelf = world.stock.shelves.get(sku);
      const seen = {
        status,
        ends: types.filter((type) => type === 'OrderCompleted' || type === 'OrderCancelled').length,
        repeated: types.filter((type, index) => types.indexOf(type) !== index && !type.startsWith('Compensation')),
        net: world.state.net,
        isHeld: world.state.payment === 'held',
        isShipped: world.state.shipment === 'arranged',
        sold: unitsOf(shelf?.reservations.values() ?? [], 'sold'),
        reserved: shelf?.level.reserved,
      };
      const isCompleted = report.status === 'completed';
      expect(seen).toEqual({
        status: isCompleted ? 'completed' : 'cancelled',
        ends: 1,
        repeated: [],
        net: isCompleted ? total.amountMinor : 0,
        isHeld: false,
        isShipped: isCompleted,
        sold: isCompleted ? 1 : 0,
        reserved: 0,
      });
    }),
    { numRuns: 1_000 },
  );
  expect([...ends.keys()].toSorted()).toEqual(['cancelled', 'completed', 'needs-attention']);
});

async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError && error.kind === 'transient')) throw error;
    }
  }
}
