// Videos in one partition, newest first: a video's id begins with its time, so the key follows from the id alone.
import { odata, type TableClient } from '@azure/data-tables';
import { AppError } from '../../kernel/errors.ts';
import type { Video } from '../../videos/video.ts';
import type { VideoStore } from '../../videos/video-store.ts';
import { orUndefined, unlessStatus, withStorage } from '../storage-errors.ts';
import { tablePage, tableRows } from './page.ts';

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
  ...(video.email === undefined ? {} : { email: emailKey(video.email) }),
  video: JSON.stringify(video),
});

const emailKey = (email: string): string => email.toLowerCase();

export function tableVideoStore(table: TableClient): VideoStore {
  const read = (videoId: string) => orUndefined(() => table.getEntity<VideoRow>(partition, rowKey(videoId)));
  /** The video as it is then; unchanged where `make` answers undefined. */
  const update = async (videoId: string, make: (video: Video) => Video | undefined): Promise<Video | undefined> => {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const row = await read(videoId);
      if (row === undefined) return undefined;
      const video = JSON.parse(row.video) as Video;
      const changed = make(video);
      if (changed === undefined) return video;
      const options = { etag: row.etag };
      if (await unlessStatus([412], () => table.updateEntity(toRow(changed), 'Replace', options))) return changed;
    }
    throw new AppError('concurrent-change', `The video ${videoId} is being changed by others`);
  };
  return {
    get: async (videoId) => {
      const row = await read(videoId);
      return row === undefined ? undefined : (JSON.parse(row.video) as Video);
    },
    addIfAbsent: async (video) => {
      if (await unlessStatus([409], () => table.createEntity(toRow(video)))) return video;
      const row = await withStorage(() => table.getEntity<VideoRow>(partition, rowKey(video.videoId)));
      return JSON.parse(row.video) as Video;
    },
    change: (videoId, change, now) =>
      update(videoId, (video) => {
        const state = change(video.state);
        return state && { ...video, state, updatedAt: now };
      }),
    async *toldTo(email) {
      const filter = odata`PartitionKey eq ${partition} and email eq ${emailKey(email)}`;
      for await (const { video } of tableRows<VideoRow>(table, filter)) yield JSON.parse(video) as Video;
    },
    removeEmail: async (videoId) => {
      await update(videoId, ({ email, ...video }) => (email === undefined ? undefined : video));
    },
    list: async (page) => {
      const { rows, ...rest } = await tablePage<VideoRow>(table, `PartitionKey eq '${partition}'`, page);
      return { items: rows.map(({ video }) => JSON.parse(video) as Video), ...rest };
    },
  };
}
