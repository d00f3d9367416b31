// What Azure Monitor calls us with, its common alert schema: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema
import { z } from 'zod';
import type { AlertWish } from './alert.ts';
import { signalNames } from './signals.ts';

export const monitorAlertSchema = z.looseObject({
  schemaId: z.literal('azureMonitorCommonAlertSchema'),
  data: z.looseObject({
    essentials: z.looseObject({
      alertId: z.string().min(1).max(1_024).describe('of one firing: the same when it is resolved'),
      alertRule: z.string().min(1).max(260),
      severity: z.string().max(16),
      monitorCondition: z.enum(['Fired', 'Resolved']),
      configurationItems: z.array(z.string()).optional(),
      description: z.string().nullish(),
    }),
  }),
});

export interface MonitorAlert {
  readonly wish: AlertWish;
  readonly isOver: boolean;
}

/** Undefined for a rule that looks at a signal of ours: the app has told of that itself. */
export function readMonitorAlert({ data }: z.infer<typeof monitorAlertSchema>): MonitorAlert | undefined {
  const { alertId, alertRule, severity, monitorCondition, configurationItems = [], description } = data.essentials;
  if (signalNames.some((name) => alertRule.endsWith(`-${name}`))) return undefined;
  const subject = configurationItems.join(', ').slice(0, 500);
  const said = description ? `: ${description}` : '';
  return {
    wish: {
      name: `azure-monitor/${alertId.slice(alertId.lastIndexOf('/') + 1)}`,
      ...(subject === '' ? {} : { subject }),
      title: `Azure Monitor: ${alertRule}`,
      detail: `${severity}${said}`,
      advice: 'Open the alert in the portal: it shows what was measured.',
    },
    isOver: monitorCondition === 'Resolved',
  };
}
