// Fault 1 without the restart: each storage write of an order's way in turn is refused, or stored and its answer lost, which leaves
// what a kill before or after it does; whoever wrote goes on from what is stored. Real kills: processes-killed.test.ts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../../local/store/store.ts';
import { type Local, skippingClock, startLocal } from '../../local/testing/testing.ts';
import { apiClient } from '../support/api-client.ts';
import { validOrder } from '../support/order-requests.ts';
import { waitFor } from '../support/wait-for.ts';

type Loss = 'before' | 'after';

/**
 * Fails the nth commit from `arm` on. Broker and task hub hold in memory what they have written, so theirs are never lost after;
 * then only those of tables and stand-ins count.
 */
function losingStore(real: Store) {
  let countdown = 0;
  let loss: Loss = 'before';
  return {
    arm(nth: number, way: Loss) {
      countdown = nth;
      loss = way;
    },
    hasFailed: () => countdown <= 0,
    store: {
      ...real,
      async commit(changes: Parameters<Store['commit']>[0]): Promise<void> {
        const counts = loss === 'before' || /^(table|stand-ins)/.test(changes[0]?.space ?? '');
        if (!counts || (countdown -= 1) !== 0) return await real.commit(changes);
        if (loss === 'after') await real.commit(changes);
        throw new Error('database or disk is full');
      },
    } satisfies Store,
  };
}

let local: Local;
let api: ReturnType<typeof apiClient>;
let standIns: ReturnType<typeof apiClient>;
let losing: ReturnType<typeof losingStore>;

beforeAll(async () => {
  losing = losingStore(await openStore({ ephemeral: true }));
  const { store } = losing;
  // Its writes are none of the saga's.
  const settings = { 'AzureWebJobs.measureSignals.Disabled': 'true' };
  local = await startLocal({ app: '.', topology: 'infra/topology.json', clock: skippingClock(), store, settings });
  api = apiClient(local.url);
  standIns = apiClient(local.servicesUrl);
});
afterAll(async () => {
  await local.close();
});

const shelf = async () => {
  const { stock } = await import('../../functions/inventory/ports.ts');
  const { onHand = 0, reserved = 0 } = (await stock.level('TICKET-STANDARD')) ?? {};
  return { onHand, reserved };
};

/** As a patient client does: with a key, and again until it is accepted. */
const placePatiently = (key: string): Promise<string> =>
  waitFor(`order ${key} accepted`, () => api.place(validOrder(), key), { timeoutMs: 60_000, intervalMs: 20 });

const mailsOf = (orderId: string, told: string) =>
  waitFor(
    `the mail of ${told}`,
    async () => {
      const sent = await standIns.mails(orderId);
      return sent.length > 0 && sent;
    },
    { timeoutMs: 60_000, intervalMs: 20 },
  );

test.each<[Loss, number]>([
  ['before', 30],
  ['after', 10],
])(
  'whichever write is lost %s it is stored, the order completes: one charge, one mail, stock adds up [faults 1, 2]',
  async (loss, least) => {
    const before = await shelf();
    const orderIds: string[] = [];
    for (let nth = 1; ; nth += 1) {
      losing.arm(nth, loss);
      const orderId = await placePatiently(`${loss}-${nth}`);
      orderIds.push(orderId);
      expect({ nth, ...(await local.finished(orderId)) }).toMatchObject({ nth, output: { status: 'completed' } });
      // What is told of the order is written behind its saga.
      await mailsOf(orderId, `write ${nth}`);
      if (!losing.hasFailed()) break;
    }
    expect(orderIds.length).toBeGreaterThan(least);
    await local.skipUntilIdle({ withinMs: 60_000 });
    const charges = Map.groupBy(await standIns.payments(), ({ orderId }) => orderId);
    for (const [index, orderId] of orderIds.entries()) {
      const told = `write ${index + 1}`;
      expect({ told, charges: charges.get(orderId) }).toMatchObject({
        told,
        charges: [{ capturedMinor: 9_800, refundedMinor: 0 }],
      });
      const mails = await mailsOf(orderId, told);
      expect({ told, mails: mails.length }).toEqual({ told, mails: 1 });
    }
    expect(await shelf()).toEqual({ onHand: before.onHand - 2 * orderIds.length, reserved: before.reserved });
  },
);
