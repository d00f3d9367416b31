import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { pageQuery } from '../../shared/adapters/functions/page-query.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { toProductV1 } from './product-v1.ts';

const query = z.object(pageQuery);

app.http('listProducts', {
  route: 'v1/products',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { items, ...rest } = await ports().products.list(readQuery(request, query));
    return { jsonBody: { items: items.map(toProductV1), ...rest } };
  }),
});
