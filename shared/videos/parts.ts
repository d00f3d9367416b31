// A film is encoded in parts, a message each: chunks of the picture, and the sound as a whole.
import { type Chunk, type Part, planChunks, segmentsOf, type VideoPlan } from './plan.ts';
import type { PartProgress } from './video-store.ts';

export const partsOf = (plan: VideoPlan): Part[] => [
  ...planChunks(plan).map(({ index }) => index),
  ...(plan.hasAudio ? (['audio'] as const) : []),
];

export const chunkOf = (plan: VideoPlan, index: number): Chunk | undefined => planChunks(plan)[index];

/** 0 to 1: how much of the picture is encoded. Every rendition of a chunk goes on at the same pace. */
export function pictureProgress(plan: VideoPlan, parts: readonly PartProgress[]): number {
  const total = planChunks(plan).reduce((sum, chunk) => sum + segmentsOf(plan, chunk), 0);
  const stored = parts.reduce((sum, { part, segmentMs }) => sum + (part === 'audio' ? 0 : segmentMs.length), 0);
  return Math.min(1, stored / total);
}

/** Sound takes about a tenth of the work; 1 only once every part is done. */
export function overallProgress(plan: VideoPlan, parts: readonly PartProgress[]): number {
  const picture = pictureProgress(plan, parts);
  if (!plan.hasAudio) return picture;
  const audio = parts.find(({ part }) => part === 'audio')?.done === true ? 1 : 0;
  return picture * 0.9 + audio * 0.1;
}

/** Names of blobs in the container renditions. */
export const blobNames = {
  header: (videoId: string, rendition: string): string => `${videoId}/${rendition}/init.mp4`,
  segment: (videoId: string, rendition: string, index: number): string =>
    `${videoId}/${rendition}/${String(index).padStart(6, '0')}.m4s`,
  manifest: (videoId: string): string => `${videoId}/manifest.json`,
  thumbnail: (videoId: string, index: number): string => `${videoId}/thumbnail-${index}.jpg`,
};
