import { ports } from '../../shared/adapters/ports.ts';
import { releaseItems } from '../../shared/inventory/reserve-items.ts';
import { done, sagaActivity } from './saga-activity.ts';

sagaActivity('release-stock', async (order) => {
  await releaseItems(ports().stock, order.orderId, order.items);
  return done;
});
