import { app } from '@azure/functions';
import { submitOrder } from '../../shared/orders/submit-order.ts';
import { orderAction } from './order-action.ts';

app.http('submitOrder', {
  route: 'v1/orders/{orderId}/submit',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: orderAction('submit', async (orderId, claim) => {
    const { placeOrderPorts } = await import('./place-order-ports.ts');
    const order = await submitOrder(placeOrderPorts(), orderId, claim);
    // The saga may have begun meanwhile; whoever submits twice gets one answer.
    return { ...order, status: 'accepted' };
  }),
});
