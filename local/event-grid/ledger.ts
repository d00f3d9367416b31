// Every delivery that is pending, and the newest of those that ended: in memory to be asked, on the store to outlive the process.
import type { Change, Store } from '../store/store.ts';
import type { Delivery } from './delivery.ts';

const space = 'event-grid.deliveries';
const pageSize = 500;
/** Of those that ended, for people to look at and to recognise a repeat. */
const mostEnded = 1_000;

export interface Ledger {
  /** Those that are still pending. Called once, before anything else. */
  recover(): Promise<Delivery[]>;
  /** Notes new ones and answers them; those it has already are left out. On disk when it resolves. */
  accept(deliveries: readonly Delivery[]): Promise<Delivery[]>;
  /** On disk when it resolves. */
  update(delivery: Delivery): Promise<void>;
  all(): Iterable<Delivery>;
}

export function createLedger(store: Store): Ledger {
  const byKey = new Map<string, Delivery>();
  /** In the order they ended. */
  let endedKeys: string[] = [];

  function forgetOldest(): Change[] {
    const forgotten = endedKeys.splice(0, Math.max(0, endedKeys.length - mostEnded));
    for (const key of forgotten) byKey.delete(key);
    return forgotten.map((key) => ({ space, key, value: null }));
  }

  return {
    recover: async () => {
      for (const delivery of await readAll(store)) byKey.set(delivery.key, delivery);
      const ended = [...byKey.values()].filter(({ state }) => state !== 'pending');
      endedKeys = ended.toSorted((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0)).map(({ key }) => key);
      return [...byKey.values()].filter(({ state }) => state === 'pending');
    },
    accept: async (deliveries) => {
      const fresh = deliveries.filter(({ key }) => !byKey.has(key));
      for (const delivery of fresh) byKey.set(delivery.key, delivery);
      try {
        await store.commit(fresh.map(rowOf));
      } catch (error) {
        for (const { key } of fresh) byKey.delete(key);
        throw error;
      }
      return fresh;
    },
    update: async (delivery) => {
      byKey.set(delivery.key, delivery);
      if (delivery.state !== 'pending') endedKeys.push(delivery.key);
      await store.commit([rowOf(delivery), ...forgetOldest()]);
    },
    all: () => byKey.values(),
  };
}

async function readAll(store: Store): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (let from = ''; ; ) {
    const rows = await store.scan(space, { from, limit: pageSize });
    for (const { value } of rows) deliveries.push(JSON.parse(Buffer.from(value).toString('utf8')) as Delivery);
    const last = rows.at(-1);
    if (!last || rows.length < pageSize) return deliveries;
    from = `${last.key}\0`;
  }
}

function rowOf(delivery: Delivery): Change {
  return { space, key: delivery.key, value: Buffer.from(JSON.stringify(delivery)) };
}
