// Where a video begins: what a client declares, and the row that waits for the upload.
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Video } from './video.ts';
import type { VideoStore } from './video-store.ts';
import { emailAddress, line } from '../kernel/text.ts';

/** The largest blob of one client, far above what fits the limit on length. */
const maxSizeBytes = 200 * 1024 ** 3;

/** Any name is kept as a name only: blobs are named by the video's id. */
export const fileNameSchema = line(255);

export const createUploadSchema = z.strictObject({
  fileName: fileNameSchema,
  contentType: z
    .string()
    .regex(/^(?=.{1,100}$)[\w.+-]+\/[\w.+-]+$/, 'a media type of at most 100 characters, such as video/mp4'),
  sizeBytes: z.int().min(1).max(maxSizeBytes),
  sha256: z
    .string()
    .regex(/^[\dA-Fa-f]{64}$/, 'the SHA-256 in hex, 64 digits')
    .transform((hex) => hex.toLowerCase())
    .optional(),
  email: emailAddress.optional().describe('whom to tell once it is ready'),
});

export type CreateUpload = Pick<Video, 'fileName' | 'contentType' | 'sizeBytes' | 'sha256' | 'email'>;

/**
 * Stores a video that waits for its upload; under an id that is taken, answers the one that stands.
 * @throws AppError unsupported-file-name for a path
 */
export async function createUpload(
  videos: VideoStore,
  upload: CreateUpload,
  now: string,
  videoId = newId(),
): Promise<Video> {
  checkFileName(upload.fileName);
  const video: Video = { videoId, ...upload, createdAt: now, updatedAt: now, state: { status: 'awaiting-upload' } };
  return await videos.addIfAbsent(video);
}

/** @throws AppError unsupported-file-name */
export function checkFileName(fileName: string): void {
  if (!/[/\\]/.test(fileName) && fileName !== '.' && fileName !== '..') return;
  const detail = 'A file name may have neither / nor \\: send the name without its folder';
  throw new AppError('unsupported-file-name', detail, {
    errors: [{ pointer: '/fileName', code: 'invalid_format', detail }],
  });
}
