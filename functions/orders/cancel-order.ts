import { app } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { ports } from '../../shared/adapters/ports.ts';
import { cancelOrder } from '../../shared/orders/cancel-order.ts';
import { wakeSaga } from '../payment-saga/saga-instance.ts';
import { orderAction } from './order-action.ts';

app.http('cancelOrder', {
  route: 'v1/orders/{orderId}/cancel',
  methods: ['POST'],
  authLevel: 'anonymous',
  extraInputs: [input.durableClient()],
  handler: orderAction('cancel', async (orderId, claim, context) => {
    const order = await cancelOrder(ports().orderChanges, orderId, claim);
    await wakeSaga(getClient(context), orderId);
    return order;
  }),
});
