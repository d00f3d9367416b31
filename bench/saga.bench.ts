// Orders from POST /orders to their end, 64 at once: the payment saga by Durable against the same app with the same steps and writes
// whose orchestrators run in the process and are not kept. Each in a local Azure of its own, everything on disk; mail, projections
// and kitchen stand still. Every order has to complete, with one charge, and the stock to add up.
//   COUNT=1000 PAIRS=7 npm run bench -- saga
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import { hubs } from '../shared/kernel/topology.ts';
import { apiClient } from '../test/support/api-client.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { bundleApp } from './bundled-app.ts';
import { orderOf } from './orders/order-load.ts';
import { bystanders, checkStock, type Shop, startShop } from './orders/started-shop.ts';
import { compare, type Run, type Side } from './pairs.ts';

const orders = Number(process.env['COUNT'] ?? 1_000);
const pairs = Number(process.env['PAIRS'] ?? 7);
const atOnce = 64;
const patienceMs = 120_000;

export async function run(): Promise<void> {
  const apps = [
    await bundleApp('functions/index.ts'),
    await bundleApp('functions/index.ts', { 'durable-functions': 'bench/saga/inline-durable.ts' }),
  ] as const;
  const [shop, inlineShop] = [await startShop(apps[0].folder, bystanders), await startShop(apps[1].folder, bystanders)];
  const [durable, inline] = [sideOf('Durable', shop), sideOf('no orchestrator', inlineShop)];
  try {
    for (const side of [durable, inline]) await side.run();
    await compare(`saga, ${orders} orders, ${atOnce} at once`, durable, inline, { pairs, target: 0.6, unit: 'orders' });
    for (const side of [durable, inline]) await side.check();
  } finally {
    for (const side of [durable, inline]) await side.close();
    await Promise.all([shop.stop(), inlineShop.stop()]);
    for (const app of apps) app.remove();
  }
}

interface CheckedSide extends Side {
  /** @throws Error unless every order was charged once and the stock adds up */
  check(): Promise<void>;
  close(): Promise<void>;
}

let runs = 0;

function sideOf(name: string, shop: Shop): CheckedSide {
  const api = apiClient(shop.azure.url);
  const ends = orderEnds(shop);
  const placed: string[] = [];
  const placeUntilEnded = async (round: string, n: number): Promise<void> => {
    const orderId = await api.place(orderOf(round, n));
    placed.push(orderId);
    const end = await ends.of(orderId);
    if (end !== 'OrderCompleted') throw new Error(`order ${orderId} ended by ${end}`);
  };
  return {
    name,
    run: async (): Promise<Run> => {
      const round = `saga-${runs++}`;
      const cpuBefore = shop.cpuMs();
      const begun = performance.now();
      let taken = 0;
      const work = async (): Promise<void> => {
        while (taken < orders) await placeUntilEnded(round, taken++);
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return { units: orders, wallMs: performance.now() - begun, cpuMs: shop.cpuMs() - cpuBefore };
    },
    check: async () => {
      const ledger = await api.payments();
      const charged = new Set(ledger.filter((row) => row.capturedMinor === 9800).map(({ orderId }) => orderId));
      const isWhole = ledger.length === placed.length && placed.every((orderId) => charged.has(orderId));
      if (!isWhole)
        throw new Error(`${ledger.length} payments, ${charged.size} of them captured, of ${placed.length} orders`);
      await waitFor('what is sold to have left the shelves', async () => {
        await checkStock(shop.azure, 2 * placed.length);
        return true;
      });
    },
    close: ends.close,
  };
}

/** By what event each order ends, read from the hub: whoever waits asks nobody. */
function orderEnds({ messaging }: Shop) {
  const ended = new Map<string, string>();
  const waiting = new Map<string, (type: string) => void>();
  const consumer = new EventHubConsumerClient('$Default', messaging, hubs.orderStream);
  consumer.subscribe(
    {
      processEvents: async (events) => {
        for (const { body, correlationId } of events) {
          const type = /Order(Completed|Cancelled)|NeedsAttention/.exec((body as { readonly type: string }).type)?.[0];
          if (type === undefined || typeof correlationId !== 'string') continue;
          ended.set(correlationId, type);
          waiting.get(correlationId)?.(type);
        }
      },
      processError: async (error) => console.error('the hub of orders:', error),
    },
    { startPosition: earliestEventPosition },
  );
  const of = async (orderId: string): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    waiting.set(orderId, resolve);
    const known = ended.get(orderId);
    if (known !== undefined) resolve(known);
    const limit = setTimeout(() => resolve(`nothing in ${patienceMs} ms`), patienceMs);
    const type = await promise;
    clearTimeout(limit);
    waiting.delete(orderId);
    return type;
  };
  return { of, close: () => consumer.close() };
}
