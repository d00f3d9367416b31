import { app } from '@azure/functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { orderEvents } from '../../shared/contracts/order-events.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { summarise } from '../../shared/orders/orders-by-customer.ts';
import { readOrder } from '../../shared/orders/read-order.ts';

app.serviceBusQueue('projectOrdersByCustomer', {
  ...queueTrigger(queues.ordersByCustomer),
  handler: messageHandler({
    queue: queues.ordersByCustomer,
    contracts: Object.values(orderEvents),
    handle: async ({ data }) => {
      const { orderChanges, ordersByCustomer } = ports();
      await ordersByCustomer.put(summarise(await readOrder(orderChanges.orders, data.orderId)));
    },
  }),
});
