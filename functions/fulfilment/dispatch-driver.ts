// The queue behind the subscription order-ready: the kitchen is done, the carrier sends a driver.
import { app } from '@azure/functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { orderEvents } from '../../shared/contracts/order-events.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { appendEvents } from '../../shared/orders/append-events.ts';
import { decideDispatch } from '../../shared/orders/fulfilment.ts';
import { readOrder } from '../../shared/orders/read-order.ts';

app.serviceBusQueue('dispatchDriver', {
  ...queueTrigger(queues.driver),
  handler: messageHandler({
    queue: queues.driver,
    contracts: [orderEvents.OrderReady],
    handle: async ({ data: { orderId } }) => {
      const { orderChanges } = await import('../orders/ports.ts');
      const { carrier } = await import('./ports.ts');
      const { fulfilment, shipment } = await readOrder(orderChanges.orders, orderId);
      if (fulfilment !== 'ready') return;
      if (shipment.shipmentId === undefined)
        throw new AppError('broken-invariant', `Order ${orderId} is ready without a shipment`);
      const driver = await carrier.collect(shipment.shipmentId);
      await appendEvents(orderChanges, orderId, (order) => decideDispatch(order, driver));
    },
  }),
});
