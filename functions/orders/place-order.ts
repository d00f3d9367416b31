import { app } from '@azure/functions';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { readIdempotencyClaim } from '../../shared/adapters/functions/idempotency-key.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { placeOrder, placeOrderSchema, type PlaceOrderPorts } from '../../shared/orders/place-order.ts';
import { orderLinks } from './order-links.ts';

const placeOrderPorts = (): PlaceOrderPorts => {
  const { orderChanges, products, contacts } = ports();
  return {
    ...orderChanges,
    priceOf: async (sku) => (await products.get(sku))?.price,
    addContact: (customerId, contactId, { email, shipTo }) =>
      contacts.addIfAbsent({ customerId, contactId, email, ...shipTo }),
  };
};

app.http('placeOrder', {
  route: 'v1/orders',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { value, bytes } = await readJson(request, placeOrderSchema);
    const claim = readIdempotencyClaim(request, bytes, value.customerId);
    const orderId = await placeOrder(placeOrderPorts(), value, claim);
    const links = orderLinks(orderId);
    return { status: 202, headers: { location: links.self }, jsonBody: { orderId, status: 'accepted', links } };
  }),
});
