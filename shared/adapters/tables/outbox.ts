// The outbox rows, which stand in the partition of what they tell of.
import type { TableClient, TableEntity, TransactionAction } from '@azure/data-tables';
import type { Outbox, OutboxMessage, OutboxRow } from '../../kernel/outbox.ts';
import { unlessStatus, withStorage } from '../storage-errors.ts';

const first = 'outbox-';
const beyond = 'outbox.';
/** Rows of one batch at the most [Table service limits]. */
const batchLimit = 100;

export const outboxRow = (version: number, index: number, at: string, message: OutboxMessage): OutboxRow => ({
  rowKey: `${first}${String(version).padStart(10, '0')}-${String(index).padStart(3, '0')}`,
  at,
  ...message,
});

export const outboxEntity = (partitionKey: string, row: OutboxRow): TableEntity => ({ partitionKey, ...row });

export function tableOutbox(table: TableClient): Outbox {
  return {
    rows: (partition) =>
      withStorage(async () => {
        const filter = `PartitionKey eq '${partition}' and RowKey ge '${first}' and RowKey lt '${beyond}'`;
        const rows: OutboxRow[] = [];
        for await (const row of table.listEntities<OutboxRow>({ queryOptions: { filter } })) {
          const { rowKey, at, destination, transport, messageId, label, correlationId, sessionId, body } = row;
          rows.push({
            rowKey,
            at,
            destination,
            ...(transport === undefined ? {} : { transport }),
            messageId,
            label,
            correlationId,
            ...(sessionId === undefined ? {} : { sessionId }),
            body,
          });
        }
        return rows;
      }),
    remove: async (partition, rowKeys) => {
      const removeOne = (rowKey: string): Promise<unknown> =>
        unlessStatus([404], () => table.deleteEntity(partition, rowKey));
      const batch = rowKeys.map((rowKey): TransactionAction => ['delete', { partitionKey: partition, rowKey }]);
      const isWhole = batch.length <= batchLimit && (await unlessStatus([404], () => table.submitTransaction(batch)));
      // Somebody else removed a row, which fails the batch as a whole.
      if (!isWhole) await Promise.all(rowKeys.map(removeOne));
    },
    partitionsWaiting: (olderThan) => partitionsWaiting(table, olderThan),
  };
}

async function* partitionsWaiting(table: TableClient, olderThan: string): AsyncGenerator<string> {
  const filter = `RowKey ge '${first}' and RowKey lt '${beyond}' and at lt '${olderThan}'`;
  let last: string | undefined;
  for await (const { partitionKey } of table.listEntities({ queryOptions: { filter, select: ['PartitionKey'] } })) {
    if (partitionKey === undefined || partitionKey === last) continue;
    last = partitionKey;
    yield partitionKey;
  }
}
