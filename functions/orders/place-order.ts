import { app } from '@azure/functions';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { readIdempotencyClaim } from '../../shared/adapters/functions/idempotency-key.ts';
import { placeOrder, placeOrderSchema } from '../../shared/orders/place-order.ts';
import { orderLinks } from './order-links.ts';

app.http('placeOrder', {
  route: 'v1/orders',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { value, bytes } = await readJson(request, placeOrderSchema);
    const claim = readIdempotencyClaim(request, bytes, value.customerId);
    const { placeOrderPorts } = await import('./place-order-ports.ts');
    const orderId = await placeOrder(placeOrderPorts(), value, { claim });
    const links = orderLinks(orderId);
    const status = value.draft === true ? 'draft' : 'accepted';
    return { status: 202, headers: { location: links.self }, jsonBody: { orderId, status, links } };
  }),
});
