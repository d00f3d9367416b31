// Every minute: units that were put aside for longer than an order takes go back to the shelf, or are sold where the order is.
import { app } from '@azure/functions';
import { expireHolds } from '../../shared/inventory/expire-holds.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import { loadHistory } from '../../shared/orders/order-history.ts';
import { holdEnd } from './hold-end.ts';

const pageSize = 100;

app.timer('expireReservations', {
  schedule: '30 * * * * *',
  handler: async (_timer, context) => {
    const { orderChanges } = await import('../orders/ports.ts');
    const { products } = await import('../products/ports.ts');
    const { stock } = await import('./ports.ts');
    const now = Date.now();
    let ended = 0;
    let continuation: string | undefined;
    do {
      const page = await products.list({ limit: pageSize, continuation });
      for (const { sku } of page.items) {
        ended += await expireHolds(
          stock,
          sku,
          now,
          async (orderId) => holdEnd((await loadHistory(orderChanges.orders, orderId))?.order),
          (orderId, error) => context.error(`the hold of ${sku} by order ${orderId}: ${toAppError(error).message}`),
        );
      }
      continuation = page.continuation;
    } while (continuation !== undefined);
    if (ended > 0) context.log(`${ended} holds ended`);
  },
});
