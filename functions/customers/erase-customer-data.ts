// DELETE /customers/{customerId}/data: name, mail and address go, and with them the person: events and messages have ids only. While an
// order is under way nothing goes, for its parcel and its mails need them; a draft is given up.
import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import type { Contact } from '../../shared/contacts/contact.ts';
import { AppError, type InputFault } from '../../shared/kernel/errors.ts';
import { cancelOrder } from '../../shared/orders/cancel-order.ts';
import { loadHistory } from '../../shared/orders/order-history.ts';
import type { Order } from '../../shared/orders/order.ts';
import { readCustomerId } from './customer-id.ts';

app.http('eraseCustomerData', {
  route: 'v1/customers/{customerId}/data',
  methods: ['DELETE'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const customerId = readCustomerId(request);
    const { contacts } = await import('./ports.ts');
    await checkNothingIsOpen(customerId);
    for await (const contact of contacts.of(customerId)) await erase(contact);
    return { status: 204 };
  }),
});

const openStatuses: readonly Order['status'][] = ['accepted', 'processing', 'needs-attention'];
const mostNamed = 100;

/** @throws AppError orders-open */
async function checkNothingIsOpen(customerId: string): Promise<void> {
  const open: InputFault[] = [];
  const { contacts } = await import('./ports.ts');
  for await (const contact of contacts.of(customerId)) {
    const order = await orderOf(contact);
    if (order === undefined || !openStatuses.includes(order.status)) continue;
    const { orderId, status } = order;
    open.push({ pointer: `/orders/${orderId}`, code: status, detail: `order ${orderId} is ${status}` });
    if (open.length === mostNamed) break;
  }
  if (open.length === 0) return;
  throw new AppError('orders-open', 'Nothing was erased: wait for these orders to end, or cancel them', {
    errors: open,
  });
}

/** The contact goes last: by it a repeat finds what a crash has left. */
async function erase(contact: Contact): Promise<void> {
  const { contacts } = await import('./ports.ts');
  const { videos } = await import('../videos/ports.ts');
  const { orderChanges } = await import('../orders/ports.ts');
  const order = await orderOf(contact);
  if (order?.status === 'draft') await cancelOrder(orderChanges, order.orderId);
  for await (const { videoId } of videos.toldTo(contact.email)) await videos.removeEmail(videoId);
  await contacts.remove(contact.customerId, contact.contactId);
}

/** Undefined where the contact was stored and its order was not. */
async function orderOf({ orderId }: Contact): Promise<Order | undefined> {
  if (orderId === undefined) return undefined;
  const { orderChanges } = await import('../orders/ports.ts');
  return (await loadHistory(orderChanges.orders, orderId))?.order;
}
