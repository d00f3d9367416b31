import type { Order } from './order.ts';

/** The order as GET /orders/{orderId} shows it. */
export function toOrderView(order: Order) {
  const { orderId, customerId, status, reason, items, total, fulfilment, version, createdAt, updatedAt } = order;
  return {
    orderId,
    customerId,
    status,
    reason,
    items,
    total,
    payment: { status: order.payment.status },
    shipment: { status: order.shipment.status, trackingId: order.shipment.trackingId },
    fulfilment,
    version,
    createdAt,
    updatedAt,
  };
}
