// The contracts of the video messages, by CloudEvents type.
import { z } from 'zod';

const content = {
  videoId: z.uuid(),
  etag: z.string().min(1).max(128).describe('of the content that was taken in'),
};

const part = z.union([z.int().min(0), z.literal('audio')]).describe("a chunk's number, or the sound");

export const processVideo = {
  'millrace.videos.ProcessVideo.v1': z.strictObject(content).describe('Command: make this content playable'),
};

export const encodeChunkMessage = {
  'millrace.videos.EncodeChunk.v1': z
    .strictObject({ ...content, part, instanceId: z.string().min(1).describe('the orchestration that waits for it') })
    .describe('Command: encode this part in every rendition'),
};

export const videoReady = z
  .strictObject({ videoId: z.uuid(), durationSeconds: z.number().min(0) })
  .describe('Event: the video can be played');

export const videoReadyType = 'millrace.videos.VideoReady.v1';
