// Videos in one partition, newest first: a video's id begins with its time, so the key follows from the id alone.
import type { TableClient } from '@azure/data-tables';
import { AppError } from '../kernel/errors.ts';
import type { Video } from '../videos/video.ts';
import type { VideoStore } from '../videos/video-store.ts';
import { orUndefined, unlessStatus, withStorage } from './storage-errors.ts';
import { tablePage } from './table-page.ts';

interface VideoRow {
  readonly status: string;
  readonly fileName: string;
  readonly createdAt: string;
  readonly video: string;
}

const partition = 'video';
const attempts = 10;

/** Inverted time: the first 48 bits of a uuid of version 7 are milliseconds [RFC 9562]. */
function rowKey(videoId: string): string {
  const createdMs = Number.parseInt(videoId.replace('-', '').slice(0, 12), 16);
  return `${String(999_999_999_999_999 - createdMs).padStart(15, '0')}-${videoId}`;
}

const toRow = (video: Video) => ({
  partitionKey: partition,
  rowKey: rowKey(video.videoId),
  status: video.state.status,
  fileName: video.fileName,
  createdAt: video.createdAt,
  video: JSON.stringify(video),
});

export function tableVideoStore(table: TableClient): VideoStore {
  const read = (videoId: string) => orUndefined(() => table.getEntity<VideoRow>(partition, rowKey(videoId)));
  return {
    get: async (videoId) => {
      const row = await read(videoId);
      return row === undefined ? undefined : (JSON.parse(row.video) as Video);
    },
    add: async (video) => void (await withStorage(() => table.createEntity(toRow(video)))),
    change: async (videoId, change, now) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const row = await read(videoId);
        if (row === undefined) return undefined;
        const video = JSON.parse(row.video) as Video;
        const state = change(video.state);
        if (state === undefined) return video;
        const changed: Video = { ...video, state, updatedAt: now };
        const options = { etag: row.etag };
        if (await unlessStatus([412], () => table.updateEntity(toRow(changed), 'Replace', options))) return changed;
      }
      throw new AppError('concurrent-change', `The video ${videoId} is being changed by others`);
    },
    list: async (page) => {
      const { rows, ...rest } = await tablePage<VideoRow>(table, `PartitionKey eq '${partition}'`, page);
      return { items: rows.map(({ video }) => JSON.parse(video) as Video), ...rest };
    },
  };
}
