import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { readOrder } from '../../shared/orders/read-order.ts';

app.http('getOrder', {
  route: 'v1/orders/{orderId}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const order = await readOrder(ports().orderChanges.orders, request.params['orderId']);
    const { orderId, customerId, status, reason, items, total, version, createdAt, updatedAt } = order;
    const { trackingId } = order.shipment;
    return {
      jsonBody: {
        orderId,
        customerId,
        status,
        reason,
        items,
        total,
        payment: { status: order.payment.status },
        shipment: { status: order.shipment.status, trackingId },
        version,
        createdAt,
        updatedAt,
      },
    };
  }),
});
