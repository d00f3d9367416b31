// POST /orders (key, prices, contact, events, outbox, hint) against one that inserts a row and sends a message, each in a local
// Azure of its own with everything on disk. What comes after the acceptance does not run: no saga, mail or projection. Every
// order is checked to be stored once and sent once, each repeat to be answered as the first was.
//   COUNT=1000 PAIRS=7 npm run bench -- orders
import { ServiceBusClient } from '@azure/service-bus';
import { queues, tables } from '../shared/kernel/topology.ts';
import { tableOf } from '../test/support/azure-storage.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { bundleApp } from './bundled-app.ts';
import { checkRepeats, checkStored, placeOrders } from './orders/order-load.ts';
import { bystanders, type Shop, startShop } from './orders/started-shop.ts';
import { compare, median, type Run, type Side } from './pairs.ts';

const requests = Number(process.env['COUNT'] ?? 1_000);
const pairs = Number(process.env['PAIRS'] ?? 7);

/** A side with the percentiles of each of its runs. */
interface MeasuredSide extends Side {
  readonly p50Ms: number[];
  readonly p99Ms: number[];
}

export async function run(): Promise<void> {
  const bareApp = await bundleApp('bench/orders/bare-orders.ts');
  const app = await bundleApp('functions/index.ts');
  const shop = await startShop(app.folder, [...bystanders, 'startPaymentSaga']);
  const bareShop = await startShop(bareApp.folder, []);
  const placed = { ours: [] as string[], bare: [] as string[] };
  try {
    for (const connections of [16, 64]) {
      const ours = sideOf('POST /orders', shop, connections, placed.ours, true);
      const bare = sideOf('insert + send', bareShop, connections, placed.bare, false);
      for (const side of [ours, bare]) await side.run();
      for (const { p50Ms, p99Ms } of [ours, bare]) p50Ms.length = p99Ms.length = 0;
      await compare(`${connections} at once, 10 % repeats`, ours, bare, { pairs, target: 0.8, unit: 'orders' });
      const [our, their] = [median(ours.p99Ms), median(bare.p99Ms)];
      for (const { name, p50Ms, p99Ms } of [ours, bare])
        console.log(`  ${name}: p50 ${median(p50Ms).toFixed(1)} ms, p99 ${median(p99Ms).toFixed(1)} ms`);
      console.log(`  p99 ${(our / their).toFixed(2)} times: ${our <= 1.5 * their ? 'met' : 'missed'} (<= 1.5)`);
    }
    await waitFor('an empty outbox', async () => (await outboxRows(shop)) === 0);
    await checkStored(tableOf(shop.azure, tables.orders), 'event-0000000002', placed.ours);
    await checkStored(tableOf(bareShop.azure, tables.orders), 'order', placed.bare);
    await checkSent(shop, new Set(placed.ours));
    await checkSent(bareShop, new Set(placed.bare));
  } finally {
    await Promise.all([shop.stop(), bareShop.stop()]);
    app.remove();
    bareApp.remove();
  }
}

let runs = 0;

function sideOf(name: string, shop: Shop, connections: number, placed: string[], knowsKeys: boolean): MeasuredSide {
  const [p50Ms, p99Ms]: number[][] = [[], []];
  const measure = async (): Promise<Run> => {
    const cpuBefore = shop.cpuMs();
    const orders = await placeOrders(`run-${runs++}`, { port: shop.port, requests, connections });
    const cpuMs = shop.cpuMs() - cpuBefore;
    if (knowsKeys) checkRepeats(orders);
    placed.push(...orders.orderIds);
    p50Ms?.push(percentile(orders.answerMs, 0.5));
    p99Ms?.push(percentile(orders.answerMs, 0.99));
    return { units: requests, wallMs: orders.wallMs, cpuMs };
  };
  return { name, run: measure, p50Ms: p50Ms ?? [], p99Ms: p99Ms ?? [] };
}

const percentile = (ascending: readonly number[], part: number): number =>
  ascending[Math.ceil(ascending.length * part) - 1] ?? Number.NaN;

async function outboxRows({ azure }: Shop): Promise<number> {
  const filter = "RowKey ge 'outbox-' and RowKey lt 'outbox.'";
  const rows = tableOf(azure, tables.orders).listEntities({ queryOptions: { filter, select: ['RowKey'] } });
  return (await Array.fromAsync(rows)).length;
}

/** Takes every message of the queue. @throws Error unless each order has one */
async function checkSent({ messaging }: Shop, orderIds: ReadonlySet<string>): Promise<void> {
  const client = new ServiceBusClient(messaging);
  const receiver = client.createReceiver(queues.newOrder, {
    receiveMode: 'receiveAndDelete',
    skipParsingBodyAsJson: true,
  });
  let count = 0;
  const left = new Set(orderIds);
  for (let more = true; more; ) {
    const messages = await receiver.receiveMessages(500, { maxWaitTimeInMs: 500 });
    for (const { body } of messages) left.delete(orderIdIn(JSON.parse(Buffer.from(body as Uint8Array).toString())));
    count += messages.length;
    more = messages.length > 0;
  }
  await client.close();
  if (left.size > 0 || count !== orderIds.size)
    throw new Error(`${count} messages for ${orderIds.size} orders, ${left.size} of which have none`);
}

const orderIdIn = (message: { readonly orderId?: string; readonly data?: { readonly orderId: string } }): string =>
  message.data?.orderId ?? message.orderId ?? '';
