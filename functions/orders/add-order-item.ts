import { app } from '@azure/functions';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { addItem } from '../../shared/orders/add-item.ts';
import { wantedItemSchema } from '../../shared/orders/place-order.ts';
import { toOrderId } from '../../shared/orders/read-order.ts';
import { readOrderClaim } from './order-action.ts';
import { orderLinks } from './order-links.ts';

app.http('addOrderItem', {
  route: 'v1/orders/{orderId}/items',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const orderId = toOrderId(request.params['orderId']);
    const { value, bytes } = await readJson(request, wantedItemSchema);
    const claim = readOrderClaim(request, bytes, 'add-item');
    const { placeOrderPorts } = await import('./place-order-ports.ts');
    const { status, total, version, items } = await addItem(placeOrderPorts(), orderId, value, claim);
    const links = orderLinks(orderId);
    return { jsonBody: { orderId, status, itemCount: items.length, total, version, links } };
  }),
});
