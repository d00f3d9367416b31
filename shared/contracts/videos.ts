// The messages of the video pipeline.
import { z } from 'zod';
import { eventGridTopics, queues } from '../kernel/topology.ts';
import type { Contract } from './contract.ts';

const videoId = z.uuid().describe('id of the video');

const content = {
  videoId,
  etag: z.string().min(1).max(128).describe('of the content that was taken in'),
};

const example = { videoId: '0198f3c2-11aa-7b02-8d6e-5a1f4e7c9d20', etag: '0x8DE27F4C1B2A3D0' };

export const processVideo = {
  type: 'millrace.videos.ProcessVideo.v1',
  kind: 'command',
  doc: 'Make this content playable.',
  sentBy: 'receiveUpload, once an upload was taken in',
  sentTo: { queue: queues.videoUploaded },
  about: 'the video',
  schema: z.object(content),
  example,
} as const satisfies Contract;

export const encodeChunk = {
  type: 'millrace.videos.EncodeChunk.v1',
  kind: 'command',
  doc: 'Encode this part in every rendition, and report to the pipeline that waits.',
  sentBy: 'the activity send-chunks of the video pipeline',
  sentTo: { queue: queues.encodeChunk },
  about: 'the video',
  schema: z.object({
    ...content,
    part: z.union([z.int().min(0), z.literal('audio')]).describe("a chunk's number, or the sound"),
    instanceId: z.string().min(1).describe('the orchestration that waits for it'),
  }),
  example: { ...example, part: 0, instanceId: 'f0f4b8f0-3c55-5b0e-9d52-7be0ab1f1c33' },
} as const satisfies Contract;

export const videoReady = {
  type: 'millrace.videos.VideoReady.v1',
  kind: 'event',
  doc: 'The video can be played.',
  sentBy: 'the activity publish-video-ready of the video pipeline',
  sentTo: { eventGridTopic: eventGridTopics.millraceEvents },
  about: 'the video',
  schema: z.object({ videoId, durationSeconds: z.number().min(0).describe('how long it plays') }),
  example: { videoId: example.videoId, durationSeconds: 61.4 },
} as const satisfies Contract;
