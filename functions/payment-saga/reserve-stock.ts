import { ports } from '../../shared/adapters/ports.ts';
import { reserveItems } from '../../shared/inventory/reserve-items.ts';
import { done, record, sagaStep } from './saga-activity.ts';

sagaStep('reserve-stock', async (order) => {
  const outcome = await reserveItems(ports().stock, order.orderId, order.items);
  if (outcome !== 'reserved') return { outcome: 'stopped', reason: 'out-of-stock' };
  await record(order, 'reserve-stock', { type: 'StockReserved', data: {} });
  return done;
});
