// The queue behind the subscriptions payment-successful and order-failures: one mail an event to whoever ordered.
import { app } from '@azure/functions';
import { messageHandler, queueTrigger } from '../../shared/adapters/functions/message-handler.ts';
import { orderEvents } from '../../shared/contracts/order-events.ts';
import { type DataOf, eventName } from '../../shared/kernel/cloud-event.ts';
import { queues } from '../../shared/kernel/topology.ts';
import { lateRefund } from '../../shared/mail/late-refund.ts';
import type { Mail } from '../../shared/mail/mailer.ts';
import { orderCancellation } from '../../shared/mail/order-cancellation.ts';
import { orderConfirmation } from '../../shared/mail/order-confirmation.ts';
import type { Addressee } from '../../shared/mail/order-mail.ts';
import type { Order } from '../../shared/orders/order.ts';
import { readOrder } from '../../shared/orders/read-order.ts';

app.serviceBusQueue('sendOrderMail', {
  ...queueTrigger(queues.mail),
  handler: messageHandler({
    queue: queues.mail,
    contracts: [orderEvents.PaymentCaptured, orderEvents.OrderCancelled, orderEvents.LatePaymentReversed],
    handle: async ({ type, data }, context) => {
      const { orderChanges } = await import('../orders/ports.ts');
      const { contacts } = await import('../customers/ports.ts');
      const { mailer } = await import('./ports.ts');
      const order = await readOrder(orderChanges.orders, data.orderId);
      const contact = await contacts.get(order.customerId, order.contactId);
      const mail = contact && mailOf(data, order, contact);
      if (mail !== undefined) return await mailer.send(mail);
      const reason = contact === undefined ? 'the contact was erased' : 'there is nothing to say';
      context.log(`order ${order.orderId}: no mail about ${eventName(type)}, ${reason}`);
    },
  }),
});

type Told = DataOf<(typeof orderEvents)['PaymentCaptured' | 'OrderCancelled' | 'LatePaymentReversed']>;

/** Undefined for what the customer knows, or learns from the mail about a later event. */
function mailOf(data: Told, order: Order, to: Addressee): Mail | undefined {
  // Whoever gives up a draft needs no letter about it.
  if ('reason' in data) return order.placedAt === undefined ? undefined : orderCancellation({ ...order, ...data }, to);
  if ('outcome' in data) return lateRefund(data, to);
  // Paid, and cancelled since: the mail about that says what became of the money.
  return order.status === 'cancelled' ? undefined : orderConfirmation({ ...order, version: data.version }, to);
}
