// Orders by when something happened to them: a scan of the event store, of which only the matching rows leave the storage.
import type { TableClient } from '@azure/data-tables';
import { withStorage } from '../storage-errors.ts';

/** Ids of the orders with an event at or after `from` and before `to`, each once. @throws AppError storage-unavailable */
export async function* changedOrders(table: TableClient, from: Date, to: Date): AsyncGenerator<string> {
  const during = `at ge '${from.toISOString()}' and at lt '${to.toISOString()}'`;
  const filter = `RowKey ge 'event-' and RowKey lt 'event.' and ${during}`;
  const rows = table.listEntities({ queryOptions: { filter, select: ['PartitionKey'] } });
  let last: string | undefined;
  for (let row = await withStorage(() => rows.next()); row.done !== true; row = await withStorage(() => rows.next())) {
    const { partitionKey } = row.value;
    if (partitionKey === undefined || partitionKey === last) continue;
    last = partitionKey;
    yield partitionKey;
  }
}
