// The kitchen's queue, a session a store: orders are begun one after the other, in the order in which they were completed.
import { app } from '@azure/functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { orderEvents } from '../../shared/contracts/order-events.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { prepareOrder } from '../../shared/orders/prepare-order.ts';

app.serviceBusQueue('prepareOrder', {
  ...queueTrigger(queues.kitchen),
  isSessionsEnabled: true,
  handler: messageHandler({
    queue: queues.kitchen,
    contracts: [orderEvents.OrderCompleted],
    handle: async ({ data }) => {
      const { kitchenPorts } = await import('./ports.ts');
      await prepareOrder(kitchenPorts, data.orderId);
    },
  }),
});
