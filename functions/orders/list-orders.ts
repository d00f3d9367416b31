import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { pageQuery } from '../../shared/adapters/functions/page-query.ts';
import { customerIdSchema } from '../../shared/orders/place-order.ts';

const query = z.object({ customerId: customerIdSchema, ...pageQuery });

app.http('listOrders', {
  route: 'v1/orders',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { customerId, ...page } = readQuery(request, query);
    const { projections, ordersByCustomer } = await import('../projections/ports.ts');
    const { live } = await projections.read('orders-by-customer');
    return { jsonBody: await ordersByCustomer.list(live, customerId, page) };
  }),
});
