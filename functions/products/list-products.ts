import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { pageQuery } from '../../shared/adapters/functions/page-query.ts';
import { toProductV1 } from './product-v1.ts';

const query = z.object(pageQuery);

app.http('listProducts', {
  route: 'v1/products',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { products } = await import('./ports.ts');
    const { items, ...rest } = await products.list(readQuery(request, query));
    return { jsonBody: { items: items.map(toProductV1), ...rest } };
  }),
});
