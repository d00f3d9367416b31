import { expect, test } from 'vitest';
import { monitorAlertSchema, readMonitorAlert } from '../../../../shared/operations/monitor-alert.ts';

/** As https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-payload-samples shows it, cut short. */
const payload = (essentials: object = {}) =>
  monitorAlertSchema.parse({
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: '/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/b9569717-bc32-442f-add5-83a997729330',
        alertRule: 'alert-x-dead-lettered',
        severity: 'Sev1',
        signalType: 'Metric',
        monitorCondition: 'Fired',
        configurationItems: ['sb-x'],
        firedDateTime: '2019-03-22T13:58:24.3713213Z',
        description: '',
        ...essentials,
      },
      alertContext: { condition: null },
      customProperties: null,
    },
  });

test('an alert that fires and resolves is the same alert', () => {
  const [fired, resolved] = [payload(), payload({ monitorCondition: 'Resolved' })].map(readMonitorAlert);
  expect(fired).toMatchObject({
    isOver: false,
    wish: { subject: 'sb-x', title: 'Azure Monitor: alert-x-dead-lettered' },
  });
  expect(resolved).toMatchObject({ isOver: true, wish: { name: fired?.wish.name, subject: 'sb-x' } });
});

test('two firings of a rule are two alerts', () => {
  const other = readMonitorAlert(payload({ alertId: '/alerts/other' }));
  expect(other?.wish.name).not.toBe(readMonitorAlert(payload())?.wish.name);
});

test('a rule that looks at a signal is passed over: the app has told of it', () => {
  expect(readMonitorAlert(payload({ alertRule: 'alert-x-consumer-lag' }))).toBeUndefined();
});

test('what is no common alert is refused', () => {
  expect(monitorAlertSchema.safeParse({ schemaId: 'AzureMonitorMetricAlert', data: {} }).success).toBe(false);
});
