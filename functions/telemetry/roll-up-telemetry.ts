import { app } from '@azure/functions';
import { rollUpHours } from '../../shared/telemetry/roll-up.ts';

app.timer('rollUpTelemetry', {
  schedule: '0 */5 * * * *',
  handler: async (_timer, context) => {
    const { telemetry } = await import('./ports.ts');
    const count = await rollUpHours(telemetry, Date.now(), ({ deviceId, hour }, error) => {
      context.error(
        `hour ${new Date(hour).toISOString()} of device ${deviceId}: ${error.message}`,
        error.cause ?? error,
      );
    });
    if (count > 0) context.log(`rolled up ${count} hours`);
  },
});
