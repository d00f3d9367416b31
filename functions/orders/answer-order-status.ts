// The query GetOrderStatus, for whoever talks to us by messages: how an order stands, told to the session the asker waits in.
import { app } from '@azure/functions';
import { queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { queryHandler } from '../../shared/adapters/functions/query-handler.ts';
import { getOrderStatus } from '../../shared/contracts/orders.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { readOrder, toOrderId } from '../../shared/orders/read-order.ts';

app.serviceBusQueue('answerOrderStatus', {
  ...queueTrigger(queues.orderQueries),
  handler: queryHandler({
    query: getOrderStatus,
    answer: async (data) => {
      const { orderChanges } = await import('./ports.ts');
      const order = await readOrder(orderChanges.orders, toOrderId(data.orderId));
      const { orderId, status, reason, version, updatedAt } = order;
      return { orderId, status, version, updatedAt, ...(reason === undefined ? {} : { reason }) };
    },
  }),
});
