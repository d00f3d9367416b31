// Stores a paid order, publishes its outbox, and dies by kill -9 before the rows that say so are gone. Its settings are in its
// environment, the order's id and customer its arguments.
import { contacts } from '../../functions/customers/ports.ts';
import { orderChanges, outbox } from '../../functions/orders/ports.ts';
import { outboxSender } from '../../shared/adapters/messaging/outbox-sender.ts';
import { publishOutbox } from '../../shared/kernel/outbox.ts';
import { orderEventId, storeEvents } from '../../shared/orders/append-events.ts';
import { validOrder } from './order-requests.ts';

const [orderId = '', customerId = ''] = process.argv.slice(2);

const die = (): Promise<void> => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
};
const contactId = orderId;
const total = { amountMinor: 9800, currency: 'EUR' } as const;
const items = [{ sku: 'TICKET-STANDARD', quantity: 2, unitPrice: { amountMinor: 4900, currency: 'EUR' as const } }];
const { email, shipTo, payment } = validOrder();

await contacts.addIfAbsent({ customerId, contactId, email, ...shipTo });
await orderChanges.leaveHint(orderId);
await storeEvents(
  {
    ...orderChanges,
    publish: async (partition) => void (await publishOutbox({ ...outbox, remove: die }, outboxSender, partition)),
  },
  orderId,
  undefined,
  [
    {
      event: { type: 'OrderCreated', data: { customerId, contactId, items, total, payment, channel: 'web' } },
      eventId: orderEventId(orderId, 'create'),
    },
    {
      event: { type: 'PaymentCaptured', data: { paymentId: 'pi_1', amount: total } },
      eventId: orderEventId(orderId, 'capture-payment'),
    },
  ],
);
