import { app } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { cancelOrder } from '../../shared/orders/cancel-order.ts';
import { wakeSaga } from '../payment-saga/saga-instance.ts';
import { orderAction } from './order-action.ts';

app.http('cancelOrder', {
  route: 'v1/orders/{orderId}/cancel',
  methods: ['POST'],
  authLevel: 'anonymous',
  extraInputs: [input.durableClient()],
  handler: orderAction('cancel', async (orderId, claim, context) => {
    const { orderChanges } = await import('./ports.ts');
    const order = await cancelOrder(orderChanges, orderId, claim);
    await wakeSaga(getClient(context), orderId);
    return order;
  }),
});
