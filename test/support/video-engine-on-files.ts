// The real engine, in its child process as it is built into dist/, on films made for the test.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { nodeAvEngine } from '../../shared/adapters/video-engine/node-av-engine.ts';
import { planChunks, planVideo, type VideoPlan } from '../../shared/videos/plan.ts';
import type { Segment, VideoSource } from '../../shared/videos/video-engine.ts';
import { type FilmOptions, makeVideo } from './make-video.ts';
import { type DecodedTrack, decodeTrack } from './probe-media.ts';

type Range = readonly [firstFrame: number, endFrame: number];

export const engine = nodeAvEngine(resolve('dist/video-child.js'));
export const folder = mkdtempSync(join(tmpdir(), 'video-engine-'));
let files = 0;

export const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });

export const newFile = (ending: string): string => join(folder, `${(files += 1)}.${ending}`);

export const sourceOf = (bytes: Uint8Array): VideoSource => ({
  sizeBytes: bytes.byteLength,
  read: async (offset, sizeBytes) => bytes.subarray(offset, offset + sizeBytes),
});

export async function film(options: FilmOptions, ending = 'mp4'): Promise<VideoSource> {
  const path = newFile(ending);
  await makeVideo(path, options);
  return sourceOf(readFileSync(path));
}

export async function planOf(source: VideoSource): Promise<VideoPlan> {
  const probe = await engine.probe(source);
  if (probe.outcome !== 'done') throw new Error(`rejected: ${probe.reason} ${probe.detail}`);
  return planVideo(probe.value);
}

export const decode = (parts: readonly Uint8Array[]): Promise<DecodedTrack> =>
  decodeTrack(Buffer.concat(parts), newFile('mp4'));

export const rangesOf = (plan: VideoPlan): Range[] =>
  planChunks(plan).map(({ firstFrame, endFrame }) => [firstFrame, endFrame]);

/** Encodes these ranges apart; answers all headers and segments of each rendition. */
export async function encode(source: VideoSource, plan: VideoPlan, ranges: readonly Range[] = rangesOf(plan)) {
  const headers = new Map<string, Uint8Array[]>();
  const segments = new Map<string, Segment[]>();
  for (const [firstFrame, endFrame] of ranges) {
    const job = { ...plan, firstFrame, endFrame, isLast: endFrame === plan.totalFrames };
    const answer = await engine.encodeVideo(source, job, async (segment) => {
      const { rendition, index, bytes } = segment;
      if (index < 0) headers.set(rendition, [...(headers.get(rendition) ?? []), bytes]);
      else segments.set(rendition, [...(segments.get(rendition) ?? []), segment]);
    });
    const { frames } = answer.outcome === 'done' ? answer.value : { frames: answer.detail };
    if (frames !== endFrame - firstFrame) throw new Error(`frames ${firstFrame} to ${endFrame}: ${frames}`);
  }
  return { headers, segments };
}

/** The largest rendition as a player joins it: one header, all segments. */
export async function encodeFile(source: VideoSource, plan: VideoPlan): Promise<Uint8Array> {
  const { headers, segments } = await encode(source, plan);
  const name = plan.renditions[0]?.name ?? '';
  return Buffer.concat([
    ...(headers.get(name)?.slice(0, 1) ?? []),
    ...(segments.get(name) ?? []).map(({ bytes }) => bytes),
  ]);
}

export const encodePicture = async (source: VideoSource, plan: VideoPlan): Promise<DecodedTrack> =>
  decode([await encodeFile(source, plan)]);

export async function encodeSound(source: VideoSource, plan: VideoPlan, segmentSeconds = 2) {
  const parts: Segment[] = [];
  const answer = await engine.encodeAudio(source, { ...plan, segmentSeconds }, async (part) => void parts.push(part));
  if (answer.outcome !== 'done') throw new Error(answer.detail);
  return { parts, track: await decode(parts.map(({ bytes }) => bytes)) };
}
