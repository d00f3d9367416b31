// Rows of a projection's generation: its name begins their partition keys.
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { forEachAtOnce } from '../../kernel/for-each-at-once.ts';
import { unlessStatus, withStorage } from '../storage-errors.ts';

export const partitionOf = (generation: string, key: string): string => `${generation}|${key}`;

const removedAtOnce = 1_000;
/** Rows of one batch at the most [Table service limits]. */
const batchLimit = 100;
const batchesAtOnce = 8;

/** Removes a page of the generation's rows; answers whether there may be more. */
export async function removeSomeOf(table: TableClient, generation: string): Promise<boolean> {
  const filter = `PartitionKey ge '${generation}|' and PartitionKey lt '${generation}}'`;
  const queryOptions = { filter, select: ['PartitionKey', 'RowKey'] };
  const pages = table.listEntities({ queryOptions }).byPage({ maxPageSize: removedAtOnce });
  const page = await withStorage(async () => {
    for await (const rows of pages) return rows;
    return [];
  });
  const byPartition = Map.groupBy(page, ({ partitionKey = '' }) => partitionKey);
  const batches = [...byPartition.values()].flatMap((rows) =>
    Array.from({ length: Math.ceil(rows.length / batchLimit) }, (_, n) =>
      rows.slice(n * batchLimit, (n + 1) * batchLimit),
    ),
  );
  await forEachAtOnce(batches, batchesAtOnce, async (rows) => {
    const actions = rows.map(
      ({ partitionKey = '', rowKey = '' }): TransactionAction => ['delete', { partitionKey, rowKey }],
    );
    // Gone already: the next page shows what is left.
    await unlessStatus([404], () => table.submitTransaction(actions));
  });
  return page.length > 0;
}
