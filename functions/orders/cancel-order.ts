import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { cancelOrder } from '../../shared/orders/cancel-order.ts';
import { toOrderId } from '../../shared/orders/read-order.ts';
import { orderLinks } from './order-links.ts';

app.http('cancelOrder', {
  route: 'v1/orders/{orderId}/cancel',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const orderId = toOrderId(request.params['orderId']);
    const { status } = await cancelOrder(ports().orderChanges, orderId);
    const links = orderLinks(orderId);
    return { status: 202, headers: { location: links.self }, jsonBody: { orderId, status, links } };
  }),
});
