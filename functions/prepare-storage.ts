// For a laptop: creates the tables, queues and sample products that Bicep and an operator provide in the cloud.
import { app } from '@azure/functions';
import { ports } from '../shared/adapters/ports.ts';
import { sampleProducts } from '../shared/catalogue/sample-products.ts';
import { storageQueues, tables } from '../shared/kernel/topology.ts';

app.hook.appStart(async () => {
  const { settings, connections, products, stock } = ports();
  if (!settings.PREPARE_STORAGE) return;
  await Promise.all([
    ...Object.values(tables).map((name) => connections.table(name).createTable()),
    ...Object.values(storageQueues).map((name) => connections.queue(name).createIfNotExists()),
  ]);
  await Promise.all(
    sampleProducts.map(async ({ stock: onHand, ...product }) => {
      await stock.addIfAbsent({ sku: product.sku, onHand, reserved: 0 });
      await products.addIfAbsent(product);
    }),
  );
});
