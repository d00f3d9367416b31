import { app } from '@azure/functions';
import { z } from 'zod';
import { httpEndpoint, readQuery } from '../../shared/adapters/functions/http-endpoint.ts';
import { deviceIdSchema, metricSchema } from '../../shared/contracts/telemetry.ts';
import { intervals, readPoints } from '../../shared/telemetry/read-points.ts';

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const query = z.object({
  metric: metricSchema.optional().describe('all metrics of the device without it'),
  from: time.optional().describe('inclusive'),
  to: time.optional().describe('exclusive'),
  interval: z.enum(intervals).default('1m'),
});

app.http('getDevice', {
  route: 'v1/telemetry/devices/{id}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { interval, ...rest } = readQuery(request, query);
    const deviceId = request.params['id'] ?? '';
    // No device has such an id: as one never heard of, it has no points.
    const isId = deviceIdSchema.safeParse(deviceId).success;
    const { telemetry } = await import('./ports.ts');
    const points = isId ? await readPoints(telemetry, { deviceId, interval, ...rest }) : [];
    return { jsonBody: { deviceId, interval, points } };
  }),
});
