// For a laptop: creates the tables, queues, containers and sample products that Bicep and an operator provide in the cloud.
import { app } from '@azure/functions';
import type { BlobServiceClient } from '@azure/storage-blob';
import { settings } from '../shared/adapters/environment.ts';
import { sampleProducts } from '../shared/catalogue/sample-products.ts';
import { containers, storageQueues, tables } from '../shared/kernel/topology.ts';

app.hook.appStart(async () => {
  if (!settings().PREPARE_STORAGE) return;
  const [{ table }, { storageQueue }, { blobs, container }, { products }, { stock }] = await Promise.all([
    import('../shared/adapters/tables/table.ts'),
    import('../shared/adapters/messaging/storage-queue.ts'),
    import('../shared/adapters/blobs/blobs.ts'),
    import('./products/ports.ts'),
    import('./inventory/ports.ts'),
  ]);
  await Promise.all([
    ...Object.values(tables).map((name) => table(name).createTable()),
    ...Object.values(storageQueues).map((name) => storageQueue(name).createIfNotExists()),
    ...Object.values(containers).map((name) => container(name).createIfNotExists()),
    letBrowsersIn(blobs()),
  ]);
  await Promise.all(
    sampleProducts.map(async ({ stock: onHand, ...product }) => {
      await stock.addIfAbsent(product.sku, onHand);
      await products.addIfAbsent(product);
    }),
  );
});

/** Browsers upload films to storage and play them from there, whatever page they are on. */
async function letBrowsersIn(blobs: BlobServiceClient): Promise<void> {
  const anyPage = { allowedOrigins: '*', allowedHeaders: '*', exposedHeaders: '*', maxAgeInSeconds: 3600 };
  await blobs.setProperties({ cors: [{ ...anyPage, allowedMethods: 'GET,HEAD,PUT,OPTIONS' }] });
}
