// The local Azure with an app that sells the benchmark's products, as a user starts it: everything on disk. What nobody measures
// stands still, by the settings that disable functions on Azure.
import { tableProductStore } from '../../shared/adapters/tables/product-store.ts';
import { tableStockStore } from '../../shared/adapters/tables/stock-store.ts';
import { tables } from '../../shared/kernel/topology.ts';
import { tableOf } from '../../test/support/azure-storage.ts';
import { type LocalAzure, makeDataFolder, removeData, startLocalAzure } from '../../test/support/local-azure.ts';
import { usageOf } from '../broker/servers.ts';
import { skuOf, skus } from './order-load.ts';

const units = 1_000_000;

export interface Shop {
  readonly azure: LocalAzure;
  readonly port: number;
  /** Connection string of Service Bus and Event Hubs. */
  readonly messaging: string;
  /** Of all its processes. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** @param idle functions that do not run */
export async function startShop(app: string, idle: readonly string[]): Promise<Shop> {
  const data = makeDataFolder();
  const disabled = Object.fromEntries(idle.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']));
  const azure = await startLocalAzure(data, ['--app', app], disabled);
  const host = /sb:\/\/(\S+)/.exec(azure.output())?.[1];
  const access = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE';
  const products = tableProductStore(tableOf(azure, tables.products));
  const stock = stockOf(azure);
  for (let n = 0; n < skus; n += 1) {
    const sku = skuOf(n);
    await stock.addIfAbsent(sku, units);
    await products.addIfAbsent({ sku, name: sku, price: { amountMinor: 4900, currency: 'EUR' } });
  }
  return {
    azure,
    port: Number(new URL(azure.url).port),
    messaging: `Endpoint=sb://${host};${access};UseDevelopmentEmulator=true;`,
    cpuMs: usageOf(() => azure.pid).cpuMs,
    stop: async () => {
      await azure.stop();
      removeData(data);
    },
  };
}

const stockOf = (azure: LocalAzure) =>
  tableStockStore(tableOf(azure, tables.stock), Math.random, (ms) => new Promise((resolve) => setTimeout(resolve, ms)));

/** @throws Error unless so many units of all products are sold, none is put aside, and the levels say what the reservations do */
export async function checkStock(azure: LocalAzure, sold: number): Promise<void> {
  const stock = stockOf(azure);
  let [gone, held] = [0, 0];
  for (let n = 0; n < skus; n += 1) {
    const level = await stock.level(skuOf(n));
    if (level === undefined || (await stock.mend(skuOf(n))) !== undefined)
      throw new Error(`the level of ${skuOf(n)} is not what its reservations make it`);
    gone += units - level.onHand;
    held += level.reserved;
  }
  if (gone !== sold || held !== 0) throw new Error(`${gone} units are sold and ${held} held, not ${sold} and none`);
}

/** What runs beside orders and sagas: mail, projections, kitchen, timers. */
export const bystanders = [
  'sendOrderMail',
  'followOrders',
  'prepareOrder',
  'dispatchDriver',
  'publishOutbox',
  'sweepOutbox',
  'reconcile',
  'reconcileNightly',
  'expireReservations',
  'rollUpTelemetry',
  'aggregateTelemetry',
  'watchChanges',
] as const;
