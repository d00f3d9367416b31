// Which orders the event store has: of each its first event, or, since a time, whatever event it had.
import type { TableClient } from '@azure/data-tables';
import type { RebuildPorts } from '../../projections/rebuild.ts';
import { tablePage } from './page.ts';

const firstEvent = `RowKey eq 'event-0000000001'`;

export const tableOrderIds =
  (table: TableClient): RebuildPorts['orderIds'] =>
  async ({ from, ...page }) => {
    const filter = from === undefined ? firstEvent : `RowKey ge 'event-' and RowKey lt 'event.' and at ge '${from}'`;
    const { rows, continuation } = await tablePage(table, filter, page);
    const orderIds = [...new Set(rows.map(({ partitionKey = '' }) => partitionKey))];
    return { orderIds, ...(continuation === undefined ? {} : { continuation }) };
  };
