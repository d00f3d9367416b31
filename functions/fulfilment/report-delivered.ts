// POST /orders/{orderId}/delivered: the driver says that the customer has the order.
import { app } from '@azure/functions';
import { appendEvents } from '../../shared/orders/append-events.ts';
import { decideDelivered } from '../../shared/orders/fulfilment.ts';
import { orderAction } from '../orders/order-action.ts';

app.http('reportDelivered', {
  route: 'v1/orders/{orderId}/delivered',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: orderAction('delivered', async (orderId, claim) => {
    const { orderChanges } = await import('../orders/ports.ts');
    return await appendEvents(orderChanges, orderId, decideDelivered, claim);
  }),
});
