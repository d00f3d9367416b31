import { app } from '@azure/functions';
import { ports } from '../../shared/adapters/ports.ts';
import { rollUpHours } from '../../shared/telemetry/roll-up.ts';

app.timer('rollUpTelemetry', {
  schedule: '0 */5 * * * *',
  handler: async (_timer, context) => {
    const count = await rollUpHours(ports().telemetry, Date.now(), ({ deviceId, hour }, error) => {
      context.error(
        `hour ${new Date(hour).toISOString()} of device ${deviceId}: ${error.message}`,
        error.cause ?? error,
      );
    });
    if (count > 0) context.log(`rolled up ${count} hours`);
  },
});
