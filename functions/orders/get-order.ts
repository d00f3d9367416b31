import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { toOrderView } from '../../shared/orders/order-view.ts';
import { parseAsOf, readOrder } from '../../shared/orders/read-order.ts';

app.http('getOrder', {
  route: 'v1/orders/{orderId}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const asOf = request.query.get('asOf');
    const { orderChanges } = await import('./ports.ts');
    const { orders } = orderChanges;
    const order = await readOrder(orders, request.params['orderId'], asOf === null ? undefined : parseAsOf(asOf));
    return { jsonBody: toOrderView(order) };
  }),
});
