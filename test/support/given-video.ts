// Probes, plans and stored videos as unit tests need them, and stores in memory that behave as the real ones.
import { type VideoPlan, planVideo } from '../../shared/videos/plan.ts';
import type { Video, VideoState } from '../../shared/videos/video.ts';
import type { Probe } from '../../shared/videos/video-engine.ts';
import type { PartProgress, PartStore, VideoStore } from '../../shared/videos/video-store.ts';

/** Picture and sound begin and end together, unless said otherwise. */
export const givenProbe = ({ startSeconds = 0, durationSeconds = 65, ...more }: Partial<Probe> = {}): Probe => ({
  startSeconds,
  durationSeconds,
  pictureStartSeconds: startSeconds,
  pictureEndSeconds: startSeconds + durationSeconds,
  width: 1920,
  height: 1080,
  pixelAspect: 1,
  rotation: 0,
  frameRate: { num: 30, den: 1 },
  hasAudio: true,
  ...more,
});

export const givenPlan = (more: Partial<Probe> = {}): VideoPlan => planVideo(givenProbe(more));

export const videoId = '01a1fba5-528a-72f0-9ca0-e3f0ccfa6287';

export const givenVideo = (state: VideoState, more: Partial<Video> = {}): Video => ({
  videoId,
  fileName: 'a.mp4',
  contentType: 'video/mp4',
  createdAt: '2030-01-01T00:00:00.000Z',
  updatedAt: '2030-01-01T00:00:00.000Z',
  state,
  ...more,
});

export function memoryVideos(...videos: readonly Video[]): VideoStore & { readonly rows: Map<string, Video> } {
  const rows = new Map(videos.map((video) => [video.videoId, video]));
  return {
    rows,
    get: async (id) => rows.get(id),
    addIfAbsent: async (video) => rows.get(video.videoId) ?? rows.set(video.videoId, video).get(video.videoId) ?? video,
    change: async (id, change, now) => {
      const video = rows.get(id);
      const state = video && change(video.state);
      if (video && state) rows.set(id, { ...video, state, updatedAt: now });
      return rows.get(id);
    },
    async *toldTo(email) {
      yield* [...rows.values()].filter((video) => video.email?.toLowerCase() === email.toLowerCase());
    },
    removeEmail: async (id) => {
      const { email: _, ...video } = rows.get(id) ?? givenVideo({ status: 'awaiting-upload' });
      if (rows.has(id)) rows.set(id, video);
    },
    list: async () => ({ items: [...rows.values()] }),
  };
}

export function memoryParts(): PartStore & { readonly rows: Map<string, PartProgress> } {
  const rows = new Map<string, PartProgress>();
  const key = (id: string, part: PartProgress['part']): string => `${id} ${part}`;
  return {
    rows,
    all: async (id) => [...rows].filter(([name]) => name.startsWith(id)).map(([, row]) => row),
    get: async (id, part) => rows.get(key(id, part)),
    put: async (id, progress) => void rows.set(key(id, progress.part), progress),
  };
}
