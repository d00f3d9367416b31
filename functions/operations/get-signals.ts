// GET /signals: what was measured last, each with the value from which on it is too much.
import { app } from '@azure/functions';
import { httpEndpoint } from '../../shared/adapters/functions/http-endpoint.ts';
import { readingView, signalNames } from '../../shared/operations/signals.ts';

app.http('getSignals', {
  route: 'v1/signals',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: httpEndpoint(async () => {
    const { signals, alerting } = await import('./ports.ts');
    const [latest, alerts] = await Promise.all([signals.latest(), alerting.alerts.pending()]);
    const items = latest
      .toSorted((one, other) => signalNames.indexOf(one.name) - signalNames.indexOf(other.name))
      .map(({ readings, ...measured }) => ({ ...measured, readings: readings?.map(readingView) ?? [] }));
    const raised = alerts
      .filter(({ state }) => state === 'raised')
      .map(({ turns: _turns, told: _told, ...alert }) => alert);
    return { headers: { 'cache-control': 'no-store' }, jsonBody: { items, alerts: raised } };
  }),
});
