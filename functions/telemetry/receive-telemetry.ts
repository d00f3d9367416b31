import { app } from '@azure/functions';
import { httpEndpoint, readBounded } from '../../shared/adapters/functions/http-endpoint.ts';
import { ports } from '../../shared/adapters/ports.ts';
import { judgeReadings } from '../../shared/telemetry/readings-body.ts';

/** 10,000 readings of some metrics each. */
const limitBytes = 4 * 1024 * 1024;

app.http('receiveTelemetry', {
  route: 'v1/telemetry',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const { accepted, rejected } = judgeReadings(await readBounded(request, limitBytes), Date.now());
    await ports().readings.send(accepted);
    return { status: 202, jsonBody: { accepted: accepted.length, rejected } };
  }),
});
