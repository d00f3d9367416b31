import { app } from '@azure/functions';
import { batchHandler, hubTrigger } from '../../shared/adapters/functions/batch-handler.ts';
import { consumerGroups, hubs } from '../../shared/kernel/topology.ts';
import { aggregateReadings } from '../../shared/telemetry/aggregate-readings.ts';
import { parseReading } from '../../shared/telemetry/reading.ts';

app.eventHub('aggregateTelemetry', {
  ...hubTrigger(hubs.telemetry, consumerGroups.aggregation),
  handler: batchHandler({
    hub: hubs.telemetry,
    read: ({ body, enqueuedAt }) => parseReading(body, enqueuedAt),
    handle: async (readings) => {
      const { telemetry } = await import('./ports.ts');
      await aggregateReadings(telemetry, readings);
    },
  }),
});
