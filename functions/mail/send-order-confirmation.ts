// The queue behind the subscription payment-successful: once the money is taken, the customer gets the confirmation.
import { app } from '@azure/functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { orderEvents } from '../../shared/contracts/order-events.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { orderConfirmation } from '../../shared/mail/order-confirmation.ts';
import { readOrder } from '../../shared/orders/read-order.ts';

app.serviceBusQueue('sendOrderConfirmation', {
  ...queueTrigger(queues.mail),
  handler: messageHandler({
    queue: queues.mail,
    contracts: [orderEvents.PaymentCaptured],
    handle: async ({ data }, context) => {
      const { orderChanges, contacts, mailer } = ports();
      const order = await readOrder(orderChanges.orders, data.orderId);
      const contact = await contacts.get(order.customerId, order.contactId);
      if (contact === undefined) {
        context.log(`order ${order.orderId}: its contact was erased, no mail is sent`);
        return;
      }
      await mailer.send(orderConfirmation(order, contact));
    },
  }),
});
