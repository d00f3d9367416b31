// POST /telemetry. What becomes of a reading follows from the body and the moment it first came: by its Idempotency-Key a repeat is
// judged as of then, and sends nothing.
import { hubReadings } from '../../shared/adapters/messaging/hub-readings.ts';
import { hub } from '../../shared/adapters/messaging/event-hubs.ts';
import { guards } from '../../shared/adapters/resilience/guards.ts';
import { hubs } from '../../shared/kernel/topology.ts';
import { app } from '@azure/functions';
import { httpEndpoint, readBounded } from '../../shared/adapters/functions/http-endpoint.ts';
import { readIdempotencyClaim } from '../../shared/adapters/functions/idempotency-key.ts';
import { runOnce } from '../../shared/adapters/functions/run-once.ts';
import { judgeReadings, type JudgedReadings } from '../../shared/telemetry/readings-body.ts';

const readings = hubReadings(() => hub(hubs.telemetry), guards['event-hubs']);

/** 10,000 readings of some metrics each. */
const limitBytes = 4 * 1024 * 1024;

app.http('receiveTelemetry', {
  route: 'v1/telemetry',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async (request) => {
    const body = await readBounded(request, limitBytes);
    const claim = readIdempotencyClaim(request, body);
    const now: { judged?: JudgedReadings } = {};
    const { at } = await runOnce({ name: 'telemetry', keeps: 'month' }, claim, async (claimed) => {
      now.judged = judgeReadings(body, Date.parse(claimed.at));
      await readings.send(now.judged.accepted);
      return null;
    });
    const { accepted, rejected } = now.judged ?? judgeReadings(body, Date.parse(at));
    return { status: 202, jsonBody: { accepted: accepted.length, rejected } };
  }),
});
