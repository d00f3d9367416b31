// The undos of the saga's steps: activities, and what an operator's retry runs. Each is safe to run again, and whether or not its
// step took effect.
import { releaseItems } from '../../shared/inventory/reserve-items.ts';
import type { Order } from '../../shared/orders/order.ts';
import type { StepResult, UndoName } from '../../shared/orders/payment-saga.ts';
import { done, sagaActivity } from './saga-activity.ts';
import { shipmentRequest } from './shipment-request.ts';

/** Throws AppError: transient ones may pass, the others are the answer of whoever refused. */
export const undos: Readonly<Record<UndoName, (order: Order) => Promise<StepResult>>> = {
  'release-stock': async ({ orderId, items }) => {
    const { stock } = await import('../inventory/ports.ts');
    await releaseItems(stock, orderId, items);
    return done;
  },
  'reverse-payment': async ({ orderId, total, paymentMethod, payment }) => {
    if (payment.status === 'declined') return { outcome: 'done', payment: 'nothing-charged' };
    const known = { orderId, total, method: paymentMethod, paymentId: payment.paymentId };
    const { payments } = await import('../payments/ports.ts');
    return { outcome: 'done', payment: await payments.reverse(known) };
  },
  'cancel-shipment': async (order) => {
    const shipmentId = order.shipment.shipmentId ?? (await shipmentOf(order));
    const { carrier } = await import('../fulfilment/ports.ts');
    if (shipmentId !== undefined) await carrier.cancel(shipmentId);
    return done;
  },
};

/** Asked by the order's key the carrier tells which shipment there is, if need be by arranging it (decision 2), or that it refuses to. */
async function shipmentOf(order: Order): Promise<string | undefined> {
  const request = await shipmentRequest(order);
  const { carrier } = await import('../fulfilment/ports.ts');
  const arrangement = request && (await carrier.arrange(request));
  return arrangement?.outcome === 'arranged' ? arrangement.shipmentId : undefined;
}

for (const [name, undo] of Object.entries(undos)) sagaActivity(name, undo);
