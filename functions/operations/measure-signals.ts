// Each minute: every signal is measured, written as a metric, kept for GET /signals, and raises or clears its alert.
import { app } from '@azure/functions';
import { getClient, input } from 'durable-functions';
import { writeMetric } from '../../shared/adapters/metrics.ts';
import type { LatestSignal } from '../../shared/adapters/tables/signals.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import type { Reading, SignalName } from '../../shared/operations/signals.ts';
import { measureAll, watchSignals } from '../../shared/operations/watch-signals.ts';
import { signalMeasures } from './signal-measures.ts';

app.timer('measureSignals', {
  schedule: '0 * * * * *',
  extraInputs: [input.durableClient()],
  handler: async (_timer, context) => {
    const { alerting, signals } = await import('./ports.ts');
    const now = new Date();
    const at = now.toISOString();
    await watchSignals(alerting, async () => {
      const measured = await measureAll(signalMeasures(getClient(context), now.getTime()));
      const latest = measured.map(({ name, readings, failure }): LatestSignal => {
        for (const reading of worthWriting(name, readings)) writeMetric(context, reading);
        if (readings !== undefined) return { name, at, readings };
        const { message } = toAppError(failure);
        context.warn(`${name} could not be measured: ${message}`);
        return { name, at, failure: message };
      });
      await Promise.all(latest.map((each) => signals.put(each)));
      return measured;
    });
  },
});

/** Of many things at zero one line says enough. */
function worthWriting(name: SignalName, readings: readonly Reading[] | undefined): readonly Reading[] {
  const above = readings?.filter(({ value }) => value > 0) ?? [];
  return readings === undefined || above.length > 0 ? above : [{ name, value: 0 }];
}
