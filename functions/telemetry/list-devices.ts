import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { pageQuery } from '../../shared/adapters/functions/page-query.ts';

const query = z.object(pageQuery);

app.http('listDevices', {
  route: 'v1/telemetry/devices',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { telemetry } = await import('./ports.ts');
    return { jsonBody: await telemetry.devices(readQuery(request, query)) };
  }),
});
