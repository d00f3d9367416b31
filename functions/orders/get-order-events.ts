import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { readOrderEvents } from '../../shared/orders/read-order.ts';

app.http('getOrderEvents', {
  route: 'v1/orders/{orderId}/events',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const events = await readOrderEvents(ports().orderChanges.orders, request.params['orderId']);
    return { jsonBody: { items: events.map(({ version, type, at, data }) => ({ version, type, at, data })) } };
  }),
});
