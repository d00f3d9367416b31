// GET /kitchens/{storeId}/orders → { items: [{ orderId, paidAt, items: [{ sku, quantity }] }], continuation? }: what the kitchen
// has to make, in the order of payment. A ticket that outlived its order's time in the kitchen goes here.
import { app } from '@azure/functions';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { pageQuery } from '../../shared/adapters/functions/page-query.ts';
import { isTableKey } from '../../shared/adapters/tables/key.ts';
import { z } from 'zod';
import type { KitchenTicket } from '../../shared/orders/kitchen-tickets.ts';
import { readOrder } from '../../shared/orders/read-order.ts';

const query = z.object(pageQuery);

app.http('listKitchenOrders', {
  route: 'v1/kitchens/{storeId}/orders',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const storeId = request.params['storeId'] ?? '';
    const page = readQuery(request, query);
    if (!isTableKey(storeId)) return { jsonBody: { items: [] } };
    const { kitchenTickets } = await import('./ports.ts');
    const { items, continuation } = await kitchenTickets.list(storeId, page);
    const orders = await Promise.all(items.map((ticket) => toMake(storeId, ticket)));
    return { jsonBody: { items: orders.filter((order) => order !== undefined), continuation } };
  }),
});

async function toMake(storeId: string, ticket: KitchenTicket) {
  const { orderChanges } = await import('../orders/ports.ts');
  const { kitchenTickets } = await import('./ports.ts');
  const { fulfilment, items } = await readOrder(orderChanges.orders, ticket.orderId);
  if (fulfilment === 'preparing') {
    const food = items.filter((item) => item.storeId === storeId);
    return { ...ticket, items: food.map(({ sku, quantity }) => ({ sku, quantity })) };
  }
  if (fulfilment !== 'none') await kitchenTickets.remove(storeId, ticket);
  return undefined;
}
