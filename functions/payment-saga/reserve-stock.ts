import { holdMs, reserveItems } from '../../shared/inventory/reserve-items.ts';
import { done, record, sagaStep } from './saga-activity.ts';

sagaStep('reserve-stock', async (order, history) => {
  const until = Date.now() + holdMs;
  const { stock } = await import('../inventory/ports.ts');
  const reserved = await reserveItems(stock, order.orderId, order.items, until);
  switch (reserved.outcome) {
    case 'reserved': {
      const data = { reservedUntil: new Date(until).toISOString() };
      await record(history, 'reserve-stock', { type: 'StockReserved', data });
      return done;
    }
    case 'waiting':
      return { outcome: 'waiting', reason: 'stock-held-by-others' };
    case 'out-of-stock':
      await record(history, 'stock-unavailable', { type: 'StockUnavailable', data: { skus: [...reserved.skus] } });
      return { outcome: 'stopped', reason: 'out-of-stock' };
    case 'released-before':
      return { outcome: 'stopped', reason: 'reservation-expired' };
  }
});
