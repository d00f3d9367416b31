import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { pageQuery } from '../../shared/adapters/functions/page-query.ts';
import { readOrderEventsPage } from '../../shared/orders/read-order.ts';

/** The continuation is the version to go on after. */
const query = z.object({
  ...pageQuery,
  continuation: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
});

app.http('getOrderEvents', {
  route: 'v1/orders/{orderId}/events',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { limit, continuation = '0' } = readQuery(request, query);
    const page = { after: Number(continuation), limit };
    const { orderChanges } = await import('./ports.ts');
    const { events, next } = await readOrderEventsPage(orderChanges.orders, request.params['orderId'], page);
    const items = events.map(({ version, type, at, data }) => ({ version, type, at, data }));
    return { jsonBody: { items, ...(next === undefined ? {} : { continuation: String(next) }) } };
  }),
});
