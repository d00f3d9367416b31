import { ask, post } from './ask.ts';

export interface Rendition {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bitrateBps: number;
  readonly progress: number;
}

export interface Video {
  readonly videoId: string;
  readonly fileName: string;
  readonly status: string;
  readonly reason?: string;
  /** What was wrong, in words. */
  readonly detail?: string;
  readonly progress: number;
  readonly renditions: readonly Rendition[];
  readonly playlistUrl?: string;
  readonly thumbnails?: readonly string[];
  readonly durationSeconds?: number;
}

/** Where a file goes: straight to the storage, by an address that lets this one blob be written for a while. */
export interface Upload {
  readonly url: string;
  readonly expiresAt: string;
  readonly blockSizeBytes: number;
}

export const createUpload = (file: File, email: string) =>
  ask<{ videoId: string; upload: Upload }>(
    '/api/v1/videos',
    post({
      fileName: file.name,
      contentType: file.type || 'application/octet-stream',
      sizeBytes: file.size,
      ...(email === '' ? {} : { email }),
    }),
  );
