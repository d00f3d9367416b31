// Alerts in one partition of the table of signals: they are as many as there are signals, partitions and causes.
import type { TableClient } from '@azure/data-tables';
import { AppError } from '../../kernel/errors.ts';
import { type Alert, isTold } from '../../operations/alert.ts';
import type { AlertStore } from '../../operations/alert-store.ts';
import { orUndefined, unlessStatus } from '../storage-errors.ts';
import { tableRows } from './page.ts';

const partitionKey = 'alerts';
const attempts = 8;

interface AlertRow {
  readonly alert: string;
  /** Raised, or with a turn that is not told. */
  readonly pending: boolean;
}

const toAlert = ({ alert }: AlertRow): Alert => JSON.parse(alert) as Alert;

export const tableAlerts = (table: TableClient): AlertStore => ({
  change: async (alertId, decide) => {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const row = await orUndefined(() => table.getEntity<AlertRow>(partitionKey, alertId));
      const before = row && toAlert(row);
      const after = decide(before);
      if (after === undefined) return before;
      const pending = after.state === 'raised' || !isTold(after);
      const changed = { partitionKey, rowKey: alertId, alert: JSON.stringify(after), pending };
      const write = () =>
        row === undefined ? table.createEntity(changed) : table.updateEntity(changed, 'Replace', { etag: row.etag });
      if (await unlessStatus([404, 409, 412], write)) return after;
    }
    throw new AppError('concurrent-change', `The alert ${alertId} is being changed by others; try again`);
  },
  pending: async () => {
    const alerts: Alert[] = [];
    const filter = `PartitionKey eq '${partitionKey}' and pending eq true`;
    for await (const row of tableRows<AlertRow>(table, filter)) alerts.push(toAlert(row));
    return alerts;
  },
});
