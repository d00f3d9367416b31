// A till's file comes in: its lines are checked, what is good is put aside, and an orchestration turns it into orders.
import { app } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { startOnce, wasStarted } from '../../shared/adapters/functions/start-once.ts';
import { salesImport } from '../../shared/contracts/imports.ts';
import { checkSales } from '../../shared/imports/sales-file.ts';
import { fileName, pageSize, type SalesImportInput, salesImportRun } from '../../shared/imports/sales-import.ts';
import { deterministicId } from '../../shared/kernel/ids.ts';
import { parseWith } from '../../shared/kernel/schema.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { placeOrderSchema } from '../../shared/orders/place-order.ts';

/** What was sold at a till is no draft. */
const saleSchema = placeOrderSchema.omit({ draft: true });

app.serviceBusQueue('importSales', {
  ...queueTrigger(queues.salesImport),
  extraInputs: [input.durableClient()],
  handler: messageHandler({
    queue: queues.salesImport,
    contracts: [salesImport],
    handle: async ({ id, data }, context) => {
      const { tillId, fileId, replyTo } = data;
      const importId = deterministicId('sales-import', tillId, fileId, id);
      const client = getClient(context);
      // One that has ended has removed its sales: they must not come back.
      if (await wasStarted(client, importId)) return;
      const checked = checkSales(data, (sale) => parseWith(saleSchema, sale, 'invalid-request', 'The sale'));
      const sales = checked.sales.length;
      const started: SalesImportInput = { importId, tillId, fileId, replyTo, sales, pageSize };
      const { importFiles } = await import('./ports.ts');
      await importFiles.put(fileName(started), Buffer.from(JSON.stringify(checked)));
      await startOnce(client, salesImportRun.name, importId, started);
      context.log(`import ${importId} of ${tillId}/${fileId}: ${sales} sales, ${checked.rejected.count} rejected`);
    },
  }),
});
