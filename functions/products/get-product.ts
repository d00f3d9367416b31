import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { toProductV1 } from './product-v1.ts';

app.http('getProduct', {
  route: 'v1/products/{sku}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { products } = await import('./ports.ts');
    const product = await products.get(request.params['sku'] ?? '');
    if (product === undefined) throw new AppError('product-not-found', 'GET /products lists what there is');
    return { jsonBody: toProductV1(product) };
  }),
});
