// Which batches are to stop: a row each beside the letters.
import type { TableClient } from '@azure/data-tables';
import { orUndefined, withStorage } from '../storage-errors.ts';

export interface BatchStops {
  /** Twice is once. @throws AppError storage-unavailable */
  stop(batchId: string): Promise<void>;
  /** @throws AppError storage-unavailable */
  isStopped(batchId: string): Promise<boolean>;
}

const partitionKey = 'stopped-batches';

export const tableBatchStops = (table: TableClient): BatchStops => ({
  stop: async (rowKey) => {
    await withStorage(() => table.upsertEntity({ partitionKey, rowKey }));
  },
  isStopped: async (rowKey) => (await orUndefined(() => table.getEntity(partitionKey, rowKey))) !== undefined,
});
