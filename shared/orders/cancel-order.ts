// A customer changes their mind. The request is a fact of its own; the saga reads it before every step that costs money.
// A draft has no saga: it is cancelled at once.
import { AppError } from '../kernel/errors.ts';
import { appendEvents, type Decision, type OrderChangePorts } from './append-events.ts';
import type { Order } from './order.ts';
import type { OrderClaim } from './order-claim.ts';

const request: Decision = { event: { type: 'CancelRequested', data: {} }, step: 'cancel-request' };
const cancelDraft: Decision = {
  event: { type: 'OrderCancelled', data: { reason: 'cancelled-by-customer', payment: 'nothing-charged' } },
  step: 'cancel-order',
};

/** Nothing where it is cancelled already, or about to be. @throws AppError too-late-to-cancel */
export function decideCancel(order: Order): readonly Decision[] {
  if (order.cancelRequested || order.status === 'cancelled') return [];
  if (order.status === 'draft') return [request, cancelDraft];
  if (order.status === 'completed') {
    throw new AppError('too-late-to-cancel', 'The order is paid for and on its way: send the goods back instead');
  }
  return [request];
}

/** @throws AppError order-not-found, too-late-to-cancel, concurrent-change, idempotency-key-reused, storage-unavailable */
export async function cancelOrder(ports: OrderChangePorts, orderId: string, claim?: OrderClaim): Promise<Order> {
  return await appendEvents(ports, orderId, decideCancel, claim);
}
