// One saga an order, whatever comes twice: the instance's id is the order's.
import { app } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { processOrder } from '../../shared/contracts/orders.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { startSaga } from './saga-instance.ts';

app.serviceBusQueue('startPaymentSaga', {
  ...queueTrigger(queues.newOrder),
  extraInputs: [input.durableClient()],
  handler: messageHandler({
    queue: queues.newOrder,
    contracts: [processOrder],
    handle: async ({ data: { orderId } }, context) => {
      await startSaga(getClient(context), orderId);
    },
  }),
});
