// POST /orders/{orderId}/ready: the kitchen is done, a driver may come.
import { app } from '@azure/functions';
import { reportReady } from '../../shared/orders/prepare-order.ts';
import { orderAction } from '../orders/order-action.ts';

app.http('reportReady', {
  route: 'v1/orders/{orderId}/ready',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: orderAction('ready', async (orderId, claim) => {
    const { kitchenPorts } = await import('./ports.ts');
    return await reportReady(kitchenPorts, orderId, claim);
  }),
});
