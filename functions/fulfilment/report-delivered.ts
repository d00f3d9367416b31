// POST /orders/{orderId}/delivered: the driver says that the customer has the order.
import { app } from '@azure/functions';
import { ports } from '../../shared/adapters/ports.ts';
import { appendEvents } from '../../shared/orders/append-events.ts';
import { decideDelivered } from '../../shared/orders/fulfilment.ts';
import { orderAction } from '../orders/order-action.ts';

app.http('reportDelivered', {
  route: 'v1/orders/{orderId}/delivered',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: orderAction('delivered', (orderId, claim) =>
    appendEvents(ports().orderChanges, orderId, decideDelivered, claim),
  ),
});
