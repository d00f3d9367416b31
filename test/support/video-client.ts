// The video side of the app's HTTP API, as a test asks for it.
import { apiClient } from './api-client.ts';
import { waitFor } from './wait-for.ts';

export interface CreatedUpload {
  readonly videoId: string;
  readonly upload: { readonly url: string; readonly expiresAt: string; readonly blockSizeBytes: number };
}

export interface VideoView {
  readonly videoId: string;
  readonly fileName: string;
  readonly status: string;
  readonly reason?: string;
  readonly progress: number;
  readonly renditions: readonly { readonly name: string; readonly progress: number }[];
  readonly thumbnails?: readonly string[];
  readonly createdAt: string;
}

const final = ['ready', 'rejected', 'failed'];

export function videoClient(url: string) {
  const api = apiClient(url);
  const get = (videoId: string): Promise<VideoView> => api.get<VideoView>(`/api/v1/videos/${videoId}`);
  return {
    get,
    create: async (declared: object): Promise<CreatedUpload> => {
      const { status, body } = await api.ask<CreatedUpload>('POST', '/api/v1/videos', declared);
      if (status !== 201) throw new Error(`the upload was answered with ${status}: ${JSON.stringify(body)}`);
      return body;
    },
    /** One PUT to the address that was given. */
    put: (created: CreatedUpload, bytes: Buffer): Promise<Response> =>
      fetch(created.upload.url, {
        method: 'PUT',
        headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-blob-content-type': 'video/mp4' },
        body: new Uint8Array(bytes),
      }),
    upload: async (fileName: string, bytes: Buffer) => {
      const answer = await fetch(`${url}/api/v1/videos/upload?fileName=${encodeURIComponent(fileName)}`, {
        method: 'POST',
        headers: { 'content-type': 'video/mp4' },
        body: new Uint8Array(bytes),
      });
      const body = (await answer.json()) as { readonly videoId: string; readonly status: string };
      return { status: answer.status, headers: answer.headers, body };
    },
    list: async (): Promise<readonly VideoView[]> =>
      (await api.get<{ items: readonly VideoView[] }>('/api/v1/videos?limit=200')).items,
    /** The text of a playlist, by its address relative to the video. */
    playlist: async (videoId: string, path: string): Promise<string> => {
      const answer = await fetch(`${url}/api/v1/videos/${videoId}/${path}`);
      if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
      return await answer.text();
    },
    /** Every view that the stream of events tells, once it has ended. */
    watched: async (videoId: string): Promise<readonly VideoView[]> => {
      const answer = await fetch(`${url}/api/v1/videos/${videoId}/progress`);
      const text = await answer.text();
      return [...text.matchAll(/^event: progress\ndata: (.*)$/gm)].map(
        ([, json]) => JSON.parse(json ?? '') as VideoView,
      );
    },
    settled: (videoId: string, timeoutMs = 120_000): Promise<VideoView> =>
      waitFor(
        `the end of video ${videoId}`,
        async () => {
          const video = await get(videoId);
          return final.includes(video.status) && video;
        },
        { timeoutMs, intervalMs: 200 },
      ),
  };
}
