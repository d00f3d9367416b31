// POST /alerts/monitor: Azure Monitor tells of an alert of its own, which goes the way of ours. By the key of the function, which the
// action group in infra/event-subscriptions.bicep is given.
import { app } from '@azure/functions';
import { httpEndpoint, readJson } from '../../shared/adapters/functions/http-endpoint.ts';
import { monitorAlertSchema, readMonitorAlert } from '../../shared/operations/monitor-alert.ts';
import { clearAlert, raiseAlert } from '../../shared/operations/raise-alert.ts';

app.http('receiveMonitorAlert', {
  route: 'v1/alerts/monitor',
  methods: ['POST'],
  authLevel: 'function',
  handler: httpEndpoint(async (request) => {
    const { value } = await readJson(request, monitorAlertSchema);
    const alert = readMonitorAlert(value);
    const { alerting } = await import('./ports.ts');
    if (alert !== undefined) await (alert.isOver ? clearAlert : raiseAlert)(alerting, alert.wish);
    return { status: 202 };
  }),
});
