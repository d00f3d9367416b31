// A customer changes their mind. The request is a fact of its own; the saga reads it before every step that costs money.
import { AppError } from '../kernel/errors.ts';
import { appendEvents, type OrderChangePorts } from './append-events.ts';
import type { Order } from './order.ts';

/** Whether a cancellation still changes anything. @throws AppError too-late-to-cancel */
export function decideCancel(order: Order): 'request' | 'done-before' {
  if (order.cancelRequested || order.status === 'cancelled') return 'done-before';
  if (order.status === 'completed' || order.payment.status === 'captured') {
    throw new AppError('too-late-to-cancel', 'The order is paid for and on its way: send the goods back instead');
  }
  return 'request';
}

/** @throws AppError order-not-found, too-late-to-cancel, concurrent-change, storage-unavailable */
export async function cancelOrder(ports: OrderChangePorts, orderId: string): Promise<Order> {
  return await appendEvents(ports, orderId, (order) =>
    decideCancel(order) === 'request' ? [{ event: { type: 'CancelRequested', data: {} }, step: 'cancel-request' }] : [],
  );
}
