import type { HoldEnd } from '../../shared/inventory/expire-holds.ts';
import type { Order } from '../../shared/orders/order.ts';

/** What becomes of the units an order holds beyond its time. An order nobody knows holds nothing. */
export function holdEnd(order: Pick<Order, 'status' | 'payment'> | undefined): HoldEnd {
  if (order === undefined || order.status === 'cancelled' || order.status === 'needs-attention') return 'release';
  if (order.status === 'completed') return 'sell';
  return order.payment.status === 'captured' ? 'keep' : 'lapse';
}
