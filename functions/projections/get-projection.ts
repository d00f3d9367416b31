import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { progressOf } from '../../shared/projections/projection.ts';
import { toProjectionName } from './projection-name.ts';

app.http('getProjection', {
  route: 'v1/projections/{name}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const name = toProjectionName(request.params['name']);
    const { projections } = await import('./ports.ts');
    const { live, rebuild, last } = await projections.read(name);
    const rebuilding = rebuild && { ...rebuild, progress: progressOf(rebuild) };
    return { jsonBody: { name, live, rebuilding, last } };
  }),
});
