import { createHash } from 'node:crypto';
import { app as durable } from 'durable-functions';
import { activity } from '../../shared/adapters/functions/activity.ts';
import { placeSales } from '../../shared/imports/place-sales.ts';
import {
  nothingPlaced,
  type PageAnswer,
  type PageInput,
  readSales,
  salesImportRun,
} from '../../shared/imports/sales-import.ts';
import { type PlaceOrder, placeOrder } from '../../shared/orders/place-order.ts';

durable.activity(salesImportRun.place, {
  handler: activity<PageInput, PageAnswer>(
    async (page) => {
      const [{ importFiles }, { placeOrderPorts }] = await Promise.all([
        import('./ports.ts'),
        import('../orders/place-order-ports.ts'),
      ]);
      const placing = placeOrderPorts();
      const { sales } = await readSales<PlaceOrder>(importFiles, page);
      const tally = await placeSales(sales.slice(page.from, page.from + page.pageSize), ({ receipt, request }) => {
        const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
        const claim = { caller: `till/${page.tillId}`, key: receipt, requestHash };
        return placeOrder(placing, request, { claim, channel: 'till' });
      });
      return { outcome: 'placed', ...tally };
    },
    {
      done: { outcome: 'placed', ...nothingPlaced },
      declined: { outcome: 'placed', ...nothingPlaced },
      failed: (detail) => ({ outcome: 'failed', detail }),
    },
  ),
});
