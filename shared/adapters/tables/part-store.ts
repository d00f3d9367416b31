// How far the encoding of each part is: a partition a video, a row a part.
import type { TableClient } from '@azure/data-tables';
import type { Part } from '../../videos/plan.ts';
import type { PartProgress, PartStore } from '../../videos/video-store.ts';
import { orUndefined, withStorage } from '../storage-errors.ts';

interface PartRow {
  readonly progress: string;
}

const partitionKey = (videoId: string): string => `parts-${videoId}`;
const rowKey = (part: Part): string => (part === 'audio' ? part : `chunk-${String(part).padStart(6, '0')}`);

export function tablePartStore(table: TableClient): PartStore {
  return {
    all: (videoId) =>
      withStorage(async () => {
        const filter = `PartitionKey eq '${partitionKey(videoId)}'`;
        const parts: PartProgress[] = [];
        for await (const row of table.listEntities<PartRow>({ queryOptions: { filter } }))
          parts.push(JSON.parse(row.progress));
        return parts;
      }),
    get: async (videoId, part) => {
      const row = await orUndefined(() => table.getEntity<PartRow>(partitionKey(videoId), rowKey(part)));
      return row === undefined ? undefined : (JSON.parse(row.progress) as PartProgress);
    },
    put: async (videoId, progress) => {
      const row = {
        partitionKey: partitionKey(videoId),
        rowKey: rowKey(progress.part),
        progress: JSON.stringify(progress),
      };
      await withStorage(() => table.upsertEntity(row, 'Replace'));
    },
  };
}
