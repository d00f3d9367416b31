// A video as the API shows it.
import { AppError } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import { overallProgress, pictureProgress } from './parts.ts';
import type { Video } from './video.ts';
import type { PartProgress, PartStore, VideoStore } from './video-store.ts';

/** An id of any form that names nothing is not found. @throws AppError video-not-found */
export async function readVideo(videos: VideoStore, videoId: string | undefined): Promise<Video> {
  const video = videoId !== undefined && isUuid(videoId) ? await videos.get(videoId) : undefined;
  if (video === undefined) throw new AppError('video-not-found', 'There is no video of this id');
  return video;
}

const round = (share: number): number => Math.floor(share * 1000) / 1000;

/** `urlOf` signs the address of a blob in renditions. */
export function videoView(video: Video, parts: readonly PartProgress[], urlOf: (name: string) => string) {
  const { videoId, fileName, createdAt, updatedAt, state } = video;
  const plan = 'plan' in state ? state.plan : undefined;
  const isReady = state.status === 'ready';
  const picture = isReady ? 1 : plan === undefined ? 0 : round(pictureProgress(plan, parts));
  return {
    videoId,
    fileName,
    status: state.status,
    ...('reason' in state ? { reason: state.reason, detail: state.detail } : {}),
    progress: isReady ? 1 : plan === undefined ? 0 : round(Math.min(overallProgress(plan, parts), 0.999)),
    renditions: (plan?.renditions ?? []).map(({ name, width, height, maxBitrateBps }) => ({
      name,
      width,
      height,
      bitrateBps: maxBitrateBps,
      progress: picture,
    })),
    ...(plan === undefined ? {} : { durationSeconds: plan.durationSeconds }),
    ...(isReady
      ? {
          playlistUrl: `/api/v1/videos/${videoId}/playlist.m3u8`,
          thumbnails: state.thumbnails.map((name) => urlOf(name)),
        }
      : {}),
    createdAt,
    updatedAt,
  };
}

export type VideoView = ReturnType<typeof videoView>;

/** Views of a page, newest first; parts are read only of those that are being encoded. */
export async function listVideos(
  videos: VideoStore,
  parts: PartStore,
  page: { readonly limit: number; readonly continuation?: string | undefined },
  urlOf: (name: string) => string,
): Promise<{ readonly items: readonly VideoView[]; readonly continuation?: string }> {
  const { items, ...rest } = await videos.list(page);
  const views = items.map(async (video) =>
    videoView(video, video.state.status === 'processing' ? await parts.all(video.videoId) : [], urlOf),
  );
  return { items: await Promise.all(views), ...rest };
}
